-- One tools/call of the echo tool; wrk counts the answers that are not 2xx or 3xx.
-- As one piece of text: wrk writes a table of headers in an order that differs from run to run, and V8 compiles what
-- reads them anew for each order, in the middle of a measurement.
local body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hello"}}}'
local call = table.concat({
  "POST " .. wrk.path .. " HTTP/1.1",
  "Host: " .. wrk.host .. ":" .. wrk.port,
  "Content-Type: application/json",
  "x-api-key: " .. os.getenv("BENCH_KEY"),
  "Content-Length: " .. #body,
  "",
  body,
}, "\r\n")
request = function() return call end
