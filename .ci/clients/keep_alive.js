// Node's http client with keep-alive agents, as a web application would use it.
// usage: node keep_alive.js HELLO_URL "the hello text" ECHO_URL
// Prints how many answers were right and over how many connections; exits 1 at the first wrong one.
'use strict';
const http = require('http');

const [helloUrl, hello, echoUrl] = process.argv.slice(2);
const connections = new Set();

function exchange(agent, method, url, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, {method, agent}, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        connections.add(request.socket.localPort);
        resolve({status: response.statusCode, body: Buffer.concat(parts)});
      });
    });
    request.on('error', reject);
    request.setTimeout(10000, () => request.destroy(new Error('no answer within 10 s')));
    request.end(body);
  });
}

function expectEqual(what, seen, right) {
  if (seen !== right) throw new Error(`${what}: ${seen} instead of ${right}`);
}

async function client(agent, rounds) {
  let count = 0;
  for (let i = 0; i < rounds; ++i) {
    const greeting = await exchange(agent, 'GET', helloUrl);
    expectEqual('status', greeting.status, 200);
    expectEqual('text', greeting.body.toString(), hello);
    const body = Buffer.alloc((i * 977) % 70000, i % 256);
    const echo = await exchange(agent, 'POST', echoUrl, body);
    expectEqual('echo status', echo.status, 200);
    expectEqual('echo', echo.body.equals(body), true);
    count += 2;
  }
  return count;
}

async function main() {
  const agents = [1, 2].map(() => new http.Agent({keepAlive: true, maxSockets: 16}));
  const clients = [];
  for (const agent of agents) {
    for (let i = 0; i < 16; ++i) clients.push(client(agent, 60));
  }
  const counts = await Promise.all(clients);
  agents.forEach((agent) => agent.destroy());
  console.log(`${counts.reduce((a, b) => a + b)} right over ${connections.size} connections`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
