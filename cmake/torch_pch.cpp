// Exists so that one target can own the precompiled <ATen/ATen.h> that the training tower shares.
