"""Every mutation, and where good outputs have a place for it."""
import batch_faults  # noqa: F401: each module registers its mutations
import cluster_faults  # noqa: F401
import network_faults  # noqa: F401
import storage_faults  # noqa: F401
import template_faults  # noqa: F401
from documents import Document, Edit
from mutation import MUTATIONS, Mutation

__all__ = ["MUTATIONS", "places_of"]


def places_of(mutation: Mutation, outputs) -> list[tuple[Document, Edit]]:
    return [(document, edit) for deployment in outputs for document in deployment.documents
            if document.kind in mutation.kinds for edit in mutation.edits(document)]
