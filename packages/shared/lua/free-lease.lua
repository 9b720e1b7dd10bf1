#!lua flags=allow-oom
-- Ends the lease of an owner that was replaced. Should it live after all, whatever it does in the lease's name is refused.
-- KEYS  1 lease   ARGV  1 owner   Returns 1, or 0 when the lease was somebody else's.
local holder = redis.call('GET', KEYS[1])
if not holder or string.match(holder, '^(.*):%d+$') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
