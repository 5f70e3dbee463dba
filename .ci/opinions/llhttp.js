// What llhttp, the parser of Node, says: frames on the standard input, lines of JSON on the output, as
// 03_request_context/tests/tools/http_verdicts.cpp has them.
'use strict'
const { HTTPParser, methods } = require('_http_common')
const hex = (text) => Buffer.from(text, 'latin1').toString('hex')

function judge(kind, data) {
  const isRequest = kind === 'request'
  const messages = []
  const parser = new HTTPParser()
  parser.initialize(isRequest ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, 64 * 1024)
  let current = null
  let over = false // what follows is no message of this connection
  parser[HTTPParser.kOnHeaders | 0] = () => {}
  parser[HTTPParser.kOnHeadersComplete | 0] =
    (major, minor, fields, method, url, status, reason, upgrade, keep) => {
      current = { name: isRequest ? methods[method] : String(status), url: url || '', body: [], keep, upgrade }
      if (!isRequest && kind === 'HEAD') return 1 // no body
      if (!isRequest && kind === 'CONNECT' && status >= 200 && status < 300) return 2 // a tunnel
      return 0
    }
  parser[HTTPParser.kOnBody | 0] = (bytes) => { current.body.push(Buffer.from(bytes)) }
  parser[HTTPParser.kOnMessageComplete | 0] = () => {
    const { name, url, body, keep, upgrade } = current
    const tunnel = isRequest ? name === 'CONNECT' : name === '101' || kind === 'CONNECT' && name[0] === '2'
    current = null
    if (over || !isRequest && name[0] === '1' && name !== '101') return
    messages.push([hex(name), isRequest ? hex(url) : '', Buffer.concat(body).toString('hex'), keep && !tunnel])
    over = !isRequest || !keep || tunnel
  }
  const failed = parser.execute(data)
  if (over) return { messages, end: 'closed', why: '' }
  if (failed instanceof Error) return { messages, end: 'refused', why: failed.code + ' ' + failed.reason }
  const finished = parser.finish()
  if (over) return { messages, end: 'closed', why: '' }
  const waits = finished instanceof Error || current !== null
  return { messages, end: waits || !isRequest ? 'unfinished' : 'clean', why: '' }
}

const chunks = []
process.stdin.on('data', (chunk) => chunks.push(chunk))
process.stdin.on('end', () => {
  const all = Buffer.concat(chunks)
  const lines = []
  for (let at = 0; at < all.length;) {
    const end = all.indexOf(10, at)
    const [kind, size] = all.toString('latin1', at, end).split(' ')
    at = end + 1 + Number(size)
    lines.push(JSON.stringify(judge(kind, all.subarray(end + 1, at))))
  }
  console.log(lines.join('\n'))
})
