// A peer to measure against: Node's HTTP server.
const server = require('node:http').createServer((request, response) => {
  response.writeHead(200, {'Content-Type': 'text/html', 'Content-Length': 28});
  response.end('Hello! I am an epoll server.');
});
server.keepAliveTimeout = 3_600_000;
server.listen(0, '127.0.0.1', 4096, () => console.log(`listening on 127.0.0.1:${server.address().port}`));
