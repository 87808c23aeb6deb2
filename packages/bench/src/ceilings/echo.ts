import { createServer } from 'node:http';

// The ceiling of everything that speaks HTTP: takes a body, answers as many bytes as a hold's answer has.
const answer = JSON.stringify({ result: { data: { reservationId: 'x'.repeat(36), padding: 'x'.repeat(300) } } });
createServer({ keepAliveTimeout: 65_000 }, (req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    Buffer.concat(chunks).toString();
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
