# trireme_add_layer(name [TORCH] [DEPENDS target…] [EXCLUDE file…]): one static library for src/trireme/<name>.
#
# Every .cpp below the folder belongs to it; a feature that may be absent has a twin `no_x.cpp`, and the folder's
# CMakeLists.txt EXCLUDEs the one that does not apply. TORCH marks the training tower, whose files share one
# precompiled <ATen/ATen.h>.
add_library(trireme_torch_pch STATIC EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/cmake/torch_pch.cpp)
target_link_libraries(trireme_torch_pch PUBLIC trireme_torch trireme_warnings)
target_include_directories(trireme_torch_pch PUBLIC ${CMAKE_SOURCE_DIR}/src)
target_precompile_headers(trireme_torch_pch PRIVATE <ATen/ATen.h>)

function(trireme_add_layer name)
  cmake_parse_arguments(LAYER "TORCH" "" "DEPENDS;EXCLUDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.cpp)
  if(LAYER_EXCLUDE)
    list(REMOVE_ITEM sources ${LAYER_EXCLUDE})
  endif()
  add_library(trireme_${name} STATIC ${sources})
  set_target_properties(trireme_${name} PROPERTIES LINKER_LANGUAGE CXX)
  add_library(trireme::${name} ALIAS trireme_${name})
  target_include_directories(trireme_${name} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src> $<INSTALL_INTERFACE:include>)
  target_link_libraries(trireme_${name} PUBLIC ${LAYER_DEPENDS} PRIVATE $<BUILD_INTERFACE:trireme_warnings>)
  if(LAYER_TORCH)
    target_link_libraries(trireme_${name} PUBLIC trireme_torch)
    target_precompile_headers(trireme_${name} REUSE_FROM trireme_torch_pch)
  endif()
  set_target_properties(trireme_${name} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY TRIREME_LAYERS trireme_${name})
endfunction()

# trireme_add_tests(name [TORCH] [DEPENDS target…] [EXCLUDE file…]): one GoogleTest program from every .cpp of the
# current folder but those. tests/run.py finds it by its name, test_<name>.
function(trireme_add_tests name)
  cmake_parse_arguments(TESTS "TORCH" "" "DEPENDS;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.cpp)
  if(TESTS_EXCLUDE)
    list(REMOVE_ITEM sources ${TESTS_EXCLUDE})
  endif()
  add_executable(test_${name} ${sources})
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(test_${name} PRIVATE TRIREME_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(test_${name} PRIVATE ${TESTS_DEPENDS} GTest::gtest_main trireme_warnings)
  if(TESTS_TORCH)
    target_link_libraries(test_${name} PRIVATE trireme_torch)
    # The precompiled header is built for libraries, so this program's objects must be too.
    set_target_properties(test_${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(test_${name} PRIVATE -fPIC)
    target_precompile_headers(test_${name} REUSE_FROM trireme_torch_pch)
  endif()
endfunction()
