#!lua flags=allow-oom
-- This run of Redis is the master again, another one was in between: of what that one was given it has nothing. A shard that
-- it was healed for before then is to be healed anew, and who has taken it since is to take it anew after that.
-- What was marked later stays, so that it does no harm sent twice, late, or by all who have seen the other one.
--
-- KEYS  1 shard  2 worker's lease  3 router's lease
-- ARGV  1 run id  2 since when marks count, Redis' time in ms
-- Returns 1, or 0 when this is another run.
local runId = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if runId ~= ARGV[1] then return 0 end
local shard = redis.call('HMGET', KEYS[1], 'healed', 'healed:at')
-- Earlier releases did not say when.
if shard[1] == runId and tonumber(shard[2] or '0') < tonumber(ARGV[2]) then
  redis.call('HDEL', KEYS[1], 'healed', 'healed:at')
  redis.call('DEL', KEYS[2], KEYS[3])
end
return 1
