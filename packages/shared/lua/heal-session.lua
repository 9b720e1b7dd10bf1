#!lua flags=allow-oom
-- Raises one session to what PostgreSQL holds of it, after Redis came back older than it was. Never lowers anything.
-- A session that is missing here is made anew without a token: only a gateway that holds it can restore it, and
-- should none do so its deadline ends it. One that a gateway has restored before has its seq, but no events, and perhaps no
-- mark: what stands in the events stream counts, and the newer mark.
--
-- KEYS  1 router's lease  2 session  3 events  4 deadlines
-- ARGV  1 '<owner>:<epoch>'  2 session id  3 incarnation  4 user id  5 options for one that is missing (JSON)
--       6 mark (JSON or '')  7 committed through  8 '1' when its end is stored  9 time to live after its end, ms
--       10 grace in ms   then seq and JSON of each event, ascending
-- Returns 1 when something was raised, 0 when not, -1 without the lease.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local id, incarnation = ARGV[2], ARGV[3]
local function number(stamp) return tonumber(string.match(stamp, '^%d+') or '0') end
local s = redis.call('HMGET', KEYS[2], 'status', 'incarnation', 'seq', 'appended', 'told:seq', 'told:mark', 'told:committed', 'committed')
local present = s[2] or ''
if s[1] == 'deleted' or number(present) > number(incarnation) then return 0 end
local raised = 0
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
if present ~= incarnation then
  redis.call('DEL', KEYS[2], KEYS[3])
  redis.call('HSET', KEYS[2], 'status', 'live', 'incarnation', incarnation, 'epoch', incarnation, 'token', '',
    'user', ARGV[4], 'options', ARGV[5], 'created', string.format('%.0f', math.floor(number(incarnation) / 1000)),
    'seq', 0, 'appended', 0, 'committed', -1)
  s[3], s[4], s[8] = '0', '0', '-1'
  redis.call('ZADD', KEYS[4], nowMs + tonumber(ARGV[10]), id)
  raised = 1
end
local seq, last = tonumber(s[3] or '0'), 0
local newest = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
local there = newest and tonumber(string.match(newest[1], '^%d+')) or 0
for i = 11, #ARGV, 2 do
  last = tonumber(ARGV[i])
  if last > there then
    redis.call('XADD', KEYS[3], last .. '-0', 'j', ARGV[i + 1])
    there = last
    raised = 1
  end
end
redis.call('HSET', KEYS[2], 'appended', math.max(there, tonumber(s[4] or '0')))
if last > seq then redis.call('HSET', KEYS[2], 'seq', last) end
if ARGV[6] ~= '' and (last > seq or (last == seq and tonumber(ARGV[7]) > tonumber(s[8] or '-1'))) then
  redis.call('HSET', KEYS[2], 'mark', ARGV[6], 'committed', ARGV[7])
end
local now = redis.call('HMGET', KEYS[2], 'seq', 'committed')
if present == incarnation and s[5] == now[1] and tonumber(s[7]) > tonumber(now[2] or '-1') then
  redis.call('HSET', KEYS[2], 'mark', s[6], 'committed', s[7])
end
if ARGV[8] == '1' then
  redis.call('HSET', KEYS[2], 'status', 'ended')
  redis.call('PEXPIRE', KEYS[2], ARGV[9])
  redis.call('PEXPIRE', KEYS[3], ARGV[9])
  redis.call('ZREM', KEYS[4], id)
end
return raised
