#!lua flags=allow-oom
-- Counts failed attempts at segments of a session, for whoever recognises it next.
-- KEYS  1 worker's lease  2 session   ARGV  1 '<owner>:<epoch>'  2 incarnation  3 attempts (JSON)
-- Returns 1, or 0 without the lease, or when the session is not the one that is meant.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local s = redis.call('HMGET', KEYS[2], 'incarnation', 'status')
if s[1] ~= ARGV[2] or s[2] == 'deleted' or s[2] == 'ended' then return 0 end
redis.call('HSET', KEYS[2], 'attempts', ARGV[3])
return 1
