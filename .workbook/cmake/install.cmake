# `cmake --install` puts the five libraries, their headers and the files for find_package(epoll_workbook)
# into a prefix. The headers get a folder of their own: http/ and epoll/ are names that others have, too.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(headers ${CMAKE_INSTALL_INCLUDEDIR}/epoll_workbook)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/epoll_workbook)
set(steps
  syscall 01_syscall_macro
  epoll 02_epoll_module
  http 03_request_context
  event_loop 04_event_loop
  async 05_async_runtime)

while(steps)
  list(POP_FRONT steps name folder)
  set_target_properties(epoll_workbook_${name} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS epoll_workbook_${name} EXPORT epoll_workbook
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} INCLUDES DESTINATION ${headers})
  install(DIRECTORY ${folder}/include/ DESTINATION ${headers})
endwhile()

install(EXPORT epoll_workbook FILE targets.cmake NAMESPACE epoll_workbook:: DESTINATION ${package})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/epoll_workbook-config.cmake.in
  epoll_workbook-config.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(epoll_workbook-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/epoll_workbook-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/epoll_workbook-config-version.cmake
  DESTINATION ${package})
