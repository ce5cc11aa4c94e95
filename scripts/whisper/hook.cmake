# Injected into whisper.cpp's own build (CMAKE_PROJECT_INCLUDE): its OpenVINO encoder, of which three functions are replaced by
# hook.c, so that neither the library nor its build needs OpenVINO; and one thread where whisper.cpp names no number.
set(CUELINE_HOOK "${CMAKE_CURRENT_LIST_DIR}/hook.c")

# Runs after each project of the build; the first one is whisper.cpp, and defers this to where its library is known.
function(cueline_add_hook)
    target_compile_definitions(whisper PRIVATE WHISPER_USE_OPENVINO
        ggml_backend_init_by_type=cueline_backend_init_by_type)
    target_sources(whisper PRIVATE "${CUELINE_HOOK}")
endfunction()

if(CMAKE_CURRENT_SOURCE_DIR STREQUAL CMAKE_SOURCE_DIR)
    cmake_language(DEFER CALL cueline_add_hook)
endif()
