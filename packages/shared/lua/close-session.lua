#!lua flags=allow-oom
-- Ends a session whose client stayed away past its deadline, with what was heard.
-- Its finish stands in an epoch of its own; a resume that came first has moved the deadline.
--
-- KEYS  1 lease  2 session  3 audio  4 deadlines  5 shard
-- ARGV  1 '<owner>:<epoch>'  2 session id  3 tag (random)      Returns 1 when closed, 0 when there was nothing to close.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local id = ARGV[2]
local score = redis.call('ZSCORE', KEYS[4], id)
if not score then return 0 end
local time = redis.call('TIME')
if tonumber(score) > time[1] * 1000 + math.floor(time[2] / 1000) then return 0 end
local s = redis.call('HMGET', KEYS[2], 'status', 'incarnation', 'gateway', 'options')
if s[1] == 'closing' then
  -- Its end is on its way; look again later.
  redis.call('ZADD', KEYS[4], time[1] * 1000 + 60000, id)
  return 0
end
if s[1] ~= 'live' then
  redis.call('ZREM', KEYS[4], id)
  return 0
end
redis.call('ZADD', KEYS[4], time[1] * 1000 + 60000, id)

local last = tonumber(redis.call('HGET', KEYS[5], 'last') or '0')
local number = string.format('%.0f', math.max(last + 1, time[1] * 1000000 + time[2]))
redis.call('HSET', KEYS[5], 'last', number)
local epoch = number .. '.' .. ARGV[3]
redis.call('HSET', KEYS[2], 'epoch', epoch, 'status', 'closing')
redis.call('XADD', KEYS[3], '*', 'h', '1|S|' .. id .. '|' .. epoch,
  'd', '{"incarnation":"' .. s[2] .. '","gatewayId":"' .. (s[3] or '') .. '","options":' .. s[4] .. '}')
redis.call('XADD', KEYS[3], '*', 'h', '1|F|' .. id .. '|' .. epoch .. '|0', 'd', 'abandoned')
return 1
