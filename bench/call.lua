-- One tools/call of the echo tool, as wrk sends it.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["x-api-key"] = os.getenv("BENCH_KEY")
wrk.body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hello"}}}'

-- Anything but 200 spoils the measurement.
local bad = 0
response = function(status) if status ~= 200 then bad = bad + 1 end end
