// The broker's socket is fd 3. After SIGTERM or Ctrl-C it answers the requests that it has, and ends.
const http = require('node:http');

const server = http.createServer((request, response) => {
  response.end(`hello from node ${process.pid}\n`);
});
server.listen({ fd: 3 }, () => console.log('ready'));
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
}
