// A peer to measure against: an echo server on Node.
const server = require('node:net').createServer({noDelay: true}, client => {
  client.on('error', () => client.destroy());
  client.pipe(client);
});
server.listen(0, '127.0.0.1', 4096, () => console.log(`listening on 127.0.0.1:${server.address().port}`));
