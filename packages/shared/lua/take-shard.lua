#!lua flags=allow-oom
-- Takes a free shard for one role, destroys the predecessor's group (its blocked reader wakes with NOGROUP)
-- and sets the new owner's group to the beginning of the stream. Sent twice it gives a newer lease epoch.
--
-- KEYS  1 lease  2 shard  3 stream
-- A worker gets it only when the shard's router has healed it for this run of Redis (see mark-healed.lua).
--
-- ARGV  1 role  2 owner  3 lease in ms
-- Returns { 1, lease epoch, last commit number, run id of Redis, 1 when healed } or { 0, why not }
local role, owner = ARGV[1], ARGV[2]
local holder = redis.call('GET', KEYS[1])
if holder and string.match(holder, '^(.*):%d+$') ~= owner then return { 0, holder } end

local runId = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local healed = redis.call('HGET', KEYS[2], 'healed') == runId
if role == 'worker' and not healed then return { 0, 'not healed' } end

local epoch = redis.call('HINCRBY', KEYS[2], role .. ':epoch', 1)
redis.call('SET', KEYS[1], owner .. ':' .. epoch, 'PX', ARGV[3])

local groupField = role .. ':group'
local previous = redis.call('HGET', KEYS[2], groupField)
if previous and previous ~= owner then redis.pcall('XGROUP', 'DESTROY', KEYS[3], previous) end
local made = redis.pcall('XGROUP', 'CREATE', KEYS[3], owner, '0', 'MKSTREAM')
if made.err then redis.call('XGROUP', 'SETID', KEYS[3], owner, '0') end
redis.call('HSET', KEYS[2], groupField, owner)
return { 1, epoch, tonumber(redis.call('HGET', KEYS[2], 'commit') or '0'), runId, healed and 1 or 0 }
