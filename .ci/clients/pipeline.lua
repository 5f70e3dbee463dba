-- wrk: every write carries 16 requests. Each answer is held against the one that is right.
-- usage: wrk -s pipeline.lua URL -- "the right body"
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  expected = arguments[1]
  depth = tonumber(arguments[2] or "16")
  wrong = 0
  right = 0
  local requests = {}
  for i = 1, depth do
    requests[i] = wrk.format("GET")
  end
  batch = table.concat(requests)
end

function request()
  return batch
end

function response(status, headers, body)
  if status == 200 and body == expected then
    right = right + 1
  else
    wrong = wrong + 1
  end
end

function done(summary, latency, requests)
  local right, wrong = 0, 0
  for _, thread in ipairs(threads) do
    right = right + thread:get("right")
    wrong = wrong + thread:get("wrong")
  end
  local errors = summary.errors
  io.write(string.format("right %d wrong %d connect %d read %d write %d status %d timeout %d\n",
    right, wrong, errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
