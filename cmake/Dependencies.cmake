# Third-party libraries, each behind one imported target. docs/dependencies.md says why each is here.
# Also installed: triremeConfig.cmake includes it, so that users' projects find the same libraries.
find_package(Threads REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)

# trireme_find_library(target header [library…]): an imported target from a header and, unless header-only, a library.
function(trireme_find_library target header)
  string(MAKE_C_IDENTIFIER ${target} id)
  find_path(${id}_INCLUDE ${header})
  if(ARGN)
    find_library(${id}_LIBRARY NAMES ${ARGN})
  endif()
  if(NOT ${id}_INCLUDE OR (ARGN AND NOT ${id}_LIBRARY))
    message(FATAL_ERROR "${header} or its library is missing: ./trireme build installs what it needs on Debian; "
                        "elsewhere put it on CMAKE_PREFIX_PATH (tools/bundle_dependencies.sh packs what a host lacks).")
  endif()
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE ${${id}_INCLUDE})
  if(ARGN)
    target_link_libraries(${target} INTERFACE ${${id}_LIBRARY})
  endif()
endfunction()

trireme_find_library(PkgConfig::tomlplusplus toml++/toml.h)
trireme_find_library(PkgConfig::pcre2 pcre2.h pcre2-8)
trireme_find_library(PkgConfig::xxhash xxhash.h xxhash)
trireme_find_library(PkgConfig::libyaml yaml.h yaml)
trireme_find_library(PkgConfig::utf8proc utf8proc.h utf8proc)

# One host needs no MPI: without it the twin `no_mpi.cpp` is built.
set(MPI_CXX_SKIP_MPICXX ON)
find_package(MPI COMPONENTS C)

# Hosts that only train need no libarchive: without it the twin `no_archive.cpp` is built.
find_path(ARCHIVE_INCLUDE archive.h)
find_library(ARCHIVE_LIBRARY archive)
if(ARCHIVE_INCLUDE AND ARCHIVE_LIBRARY)
  trireme_find_library(PkgConfig::libarchive archive.h archive)
endif()

# libtorch from the installed PyTorch. The wheel's own CMake package insists on a CUDA toolkit for CUDA wheels,
# which ATen alone does not need, so the few paths are taken from the wheel itself.
set(TRIREME_PYTHON "python3" CACHE STRING "interpreter whose PyTorch is used")
execute_process(
  COMMAND ${TRIREME_PYTHON} -c "import importlib.util as u, os; print(os.path.dirname(u.find_spec('torch').origin), end='')"
  OUTPUT_VARIABLE TORCH_DIR RESULT_VARIABLE torch_found ERROR_QUIET)
if(NOT torch_found EQUAL 0 OR NOT EXISTS ${TORCH_DIR}/include/ATen/ATen.h)
  message(FATAL_ERROR "No PyTorch with headers in ${TRIREME_PYTHON}. Run ./trireme build, which installs the CPU "
                      "wheel into .venv, or pass -DTRIREME_PYTHON=/path/to/python3.")
endif()
# The preset `cuda`. One GPU needs no NCCL: without it the twin `no_nccl.cpp` is built. PyTorch's own NCCL comes first,
# so that a process has one.
if(TRIREME_CUDA)
  find_package(CUDAToolkit REQUIRED)
  find_path(NCCL_INCLUDE nccl.h HINTS ${TORCH_DIR}/../nvidia/nccl/include)
  find_library(NCCL_LIBRARY NAMES nccl libnccl.so.2 HINTS ${TORCH_DIR}/../nvidia/nccl/lib)
endif()

add_library(trireme_torch INTERFACE IMPORTED GLOBAL)
target_include_directories(trireme_torch SYSTEM INTERFACE
  ${TORCH_DIR}/include ${TORCH_DIR}/include/torch/csrc/api/include)
target_link_directories(trireme_torch INTERFACE ${TORCH_DIR}/lib)
# at::parallel_for is a template over OpenMP: without it every kernel of ours runs on one thread. The runtime that is
# loaded is PyTorch's own, found first by the path below.
find_package(OpenMP REQUIRED COMPONENTS CXX)
target_link_libraries(trireme_torch INTERFACE torch_cpu c10 OpenMP::OpenMP_CXX)
target_link_options(trireme_torch INTERFACE -Wl,-rpath,${TORCH_DIR}/lib)
if(EXISTS ${TORCH_DIR}/lib/libtorch_cuda.so)
  # Its operators register themselves when it is loaded; nothing refers to it by symbol.
  target_link_libraries(trireme_torch INTERFACE
    -Wl,--no-as-needed torch_cuda c10_cuda -Wl,--as-needed)
endif()
