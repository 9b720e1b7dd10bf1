#!lua flags=allow-oom
-- Trims a stream of a shard that is still ours. A Redis that came back older than it was may need what the one before did not:
-- the lease can be in its file, but was not given by this run.
-- KEYS  1 lease  2 stream   ARGV  1 '<owner>:<epoch>'  2 oldest id still needed  3 run id of Redis when the lease was taken   Returns entries removed, or -1.
-- Others may read the stream in groups of their own, an archive for example: what they have not taken, or not acknowledged,
-- stays for them, but no longer than this.
local WAIT_MS = 60000
local function trim(stream, own, oldest)
  local groups = redis.pcall('XINFO', 'GROUPS', stream)
  if groups.err then return 0 end
  local function parts(id)
    local ms, seq = string.match(id, '^(%d+)%-(%d+)$')
    return tonumber(ms), tonumber(seq)
  end
  local function isBefore(a, b)
    local aMs, aSeq = parts(a)
    local bMs, bSeq = parts(b)
    return aMs < bMs or (aMs == bMs and aSeq < bSeq)
  end
  local needed = oldest
  for _, group in ipairs(groups) do
    local name, pending, last = group[2], group[6], group[8]
    if name ~= own then
      if pending > 0 then last = redis.call('XPENDING', stream, name)[2] end
      if isBefore(last, needed) then needed = last end
    end
  end
  if needed ~= oldest then
    local time = redis.call('TIME')
    local limit = string.format('%.0f-0', time[1] * 1000 + math.floor(time[2] / 1000) - WAIT_MS)
    if isBefore(needed, limit) then needed = isBefore(limit, oldest) and limit or oldest end
  end
  return redis.call('XTRIM', stream, 'MINID', '~', needed)
end

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
if string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') ~= ARGV[3] then return -1 end
return trim(KEYS[2], string.match(ARGV[1], '^(.*):%d+$'), ARGV[2])
