#!lua flags=allow-oom
-- Deletes a session here and tells the router, and the worker, where it may be recognising it. What is left is a mark that keeps late writes from bringing it back.
--
-- KEYS  1 session  2 events  3 results  4 deadlines  5 shard  6 audio
-- ARGV  1 session id  2 time to live of the mark in ms  3 tag (random)  4 only this incarnation ('' or left out: whichever is there)
-- Returns 1 when a session was there, else 0. Sent twice with the same tag it answers the same and changes nothing, even
-- when a session of that id was begun in between.
local s = redis.call('HMGET', KEYS[1], 'status', 'deletion', 'existed', 'started', 'incarnation')
if s[2] == ARGV[3] then return tonumber(s[3] or '1') end
if (ARGV[4] or '') ~= '' and s[5] ~= ARGV[4] then return 0 end
local existed = (s[1] and s[1] ~= 'deleted') and 1 or 0
local time = redis.call('TIME')
local last = tonumber(redis.call('HGET', KEYS[5], 'last') or '0')
local number = string.format('%.0f', math.max(last + 1, time[1] * 1000000 + time[2]))
redis.call('HSET', KEYS[5], 'last', number)
local stamp = number .. '.' .. ARGV[3]
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'status', 'deleted', 'incarnation', stamp, 'epoch', stamp, 'deletion', ARGV[3],
  'existed', existed)
if s[4] then redis.call('HSET', KEYS[1], 'started', s[4]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('XADD', KEYS[3], '*', 'h', '1|D|' .. ARGV[1] .. '|' .. (s[5] or stamp) .. '|0', 'j', '{}', 'm', '')
-- As a session that begins would: who looks for it finds that it is gone, also when nothing of it is left to commit.
if s[1] == 'live' or s[1] == 'closing' then
  redis.call('XADD', KEYS[6], '*', 'h', '1|S|' .. ARGV[1] .. '|' .. stamp,
    'd', '{"incarnation":"' .. stamp .. '","gatewayId":"","options":{}}')
end
return existed
