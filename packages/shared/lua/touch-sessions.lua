#!lua flags=allow-oom
-- Moves the deadlines of sessions whose client is there.
--
-- KEYS  1 deadlines   2… a session hash each
-- ARGV  1 grace in ms   then session id and epoch of each
-- Returns the run id of Redis, then for each: 'ok' | 'superseded' (another epoch is current) | 'finished' (ended in this epoch, which its own
-- finish does) | 'closed' (ended in another one, as its deadline does) | 'unknown'
local time = redis.call('TIME')
local deadline = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
local answers = { string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') }
for i = 2, #KEYS do
  local id, epoch = ARGV[2 * i - 2], ARGV[2 * i - 1]
  local s = redis.call('HMGET', KEYS[i], 'status', 'epoch')
  local outcome
  if not s[1] or s[1] == 'deleted' then outcome = 'unknown'
  elseif s[1] ~= 'live' then outcome = s[2] == epoch and 'finished' or 'closed'
  elseif s[2] ~= epoch then outcome = 'superseded'
  else
    redis.call('ZADD', KEYS[1], deadline, id)
    outcome = 'ok'
  end
  answers[#answers + 1] = outcome
end
return answers
