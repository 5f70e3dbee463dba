// Your key-value server. docs/capstone.md is the contract; in short:
//
//   kv_server [port] [--idle-timeout MS]     port 0: any that is free; 300000 ms if not given
//   listening on 127.0.0.1:6379              printed, and flushed, as soon as clients may come
//
//   PING [message], SET key value, GET key, DEL key...     each one a RESP2 array of bulk strings
//
//   ./workbook capstone                      builds it, and judges it in twelve stages
//
// This file may become several: `#include` finds what lies beside it. The headers of all five steps are
// there: "async/async.hpp" is the runtime, "epoll/command_line.hpp" reads the options.
#include <cstdio>

int main() {
  std::fputs("kv_server: not written yet\n", stderr);
  return 1;
}
