#!lua flags=allow-oom
-- A process begins whose instance had another one before: that one is forgotten at once. Should it live after all, its
-- next heartbeat names it again.
-- KEYS  1 members   ARGV  1 its member id: the instance's id and a random part of fixed length  2 that instance's id and '-'
-- Returns the members that were forgotten.
local own, prefix = ARGV[1], ARGV[2]
local gone = {}
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if member ~= own and #member == #own and string.sub(member, 1, #prefix) == prefix then
    redis.call('ZREM', KEYS[1], member)
    gone[#gone + 1] = member
  end
end
return gone
