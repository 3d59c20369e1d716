// A plain HTTP API with one answer.
import { createServer } from 'node:http';

const ANSWER = JSON.stringify({ id: 1, customer: 'c', total: 12 });

createServer((_request, response) => {
  response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length })
    .end(ANSWER);
}).listen(Number(process.env.PORT), '127.0.0.1');
