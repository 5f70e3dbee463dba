// A peer to measure against: an HTTP server on Boost.Beast, with coroutines.
#include <utility>  // boost 1.74 uses std::exchange without it

#include <boost/asio.hpp>
#include <boost/beast.hpp>

#include <cstdio>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

asio::awaitable<void> converse(tcp::socket socket) {
  socket.set_option(tcp::no_delay(true));
  boost::beast::flat_buffer buffer;
  try {
    while (true) {
      http::request<http::string_body> request;
      co_await http::async_read(socket, buffer, request, asio::use_awaitable);
      http::response<http::string_body> response(http::status::ok, request.version());
      response.set(http::field::content_type, "text/html");
      response.keep_alive(request.keep_alive());
      response.body() = "Hello! I am an epoll server.";
      response.prepare_payload();
      co_await http::async_write(socket, response, asio::use_awaitable);
      if (response.need_eof()) break;
    }
  } catch (const boost::system::system_error&) {  // the client has gone
  }
}

asio::awaitable<void> serve(tcp::acceptor& acceptor) {
  while (true) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), converse(std::move(socket)), asio::detached);
  }
}

}  // namespace

int main() {
  asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);  // one thread: no locks
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  std::printf("listening on 127.0.0.1:%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  asio::co_spawn(context, serve(acceptor), asio::detached);
  context.run();
}
