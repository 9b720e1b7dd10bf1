#!lua flags=allow-oom
-- Appends what clients are owed, each event by the seq that its commit took: exactly the next one is accepted. One whose commit
-- is not here was read from a Redis that has lost it since: were it appended, healing would take the commit for made.
--
-- KEYS  1 lease   then session hash and events stream of each event
-- ARGV  1 '<owner>:<epoch>'   then incarnation, seq and JSON of each
-- Returns { 'lease' } or for each: 'ok' | 'old' (appended before) | 'gap' | 'lost' (its commit is) | 'stale', and the session's gateway id
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return { 'lease' } end
local answers = {}
for i = 1, (#KEYS - 1) / 2 do
  local session, events = KEYS[2 * i], KEYS[2 * i + 1]
  local incarnation, seq, json = ARGV[3 * i - 1], tonumber(ARGV[3 * i]), ARGV[3 * i + 1]
  local s = redis.call('HMGET', session, 'incarnation', 'status', 'appended', 'gateway', 'seq')
  local outcome
  if s[1] ~= incarnation or s[2] == 'deleted' then outcome = 'stale'
  else
    local appended = tonumber(s[3] or '0')
    if seq <= appended then outcome = 'old'
    elseif seq > tonumber(s[5] or '0') then outcome = 'lost'
    elseif seq > appended + 1 then outcome = 'gap'
    else
      redis.call('XADD', events, seq .. '-0', 'j', json)
      redis.call('HSET', session, 'appended', seq)
      outcome = 'ok'
    end
  end
  answers[#answers + 1] = outcome
  answers[#answers + 1] = s[4] or ''
end
return answers
