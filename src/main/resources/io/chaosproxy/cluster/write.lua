-- Writes plans of proxies as the next version of the plan of the cluster, if the writer has the version before in force
-- (compare and set).
--
-- KEYS  1 plan (hash: version, writer, its instance, and p:NAME for each proxy)
-- ARGV  1 version that the writer has in force; 2 version that it makes; 3 the writer; 4 its instance; 5 channel of the news; then
--       for each proxy its name, and "version microseconds json", with 0 microseconds for the present
-- gives 1 and the version, or 0, the version that is there and its writer
--
-- A version that is lower than the writer's own is one of a Redis that lost its data: it is replaced. One that the writer made
-- itself without knowing, for the answer was lost on its way, is no other's, either.

local present = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
local base, version = tonumber(ARGV[1]), tonumber(ARGV[2])
local is_own = present <= version and redis.call('HGET', KEYS[1], 'instance') == ARGV[4]
if present > base and not is_own then
  return {0, present, redis.call('HGET', KEYS[1], 'writer')}
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000000 + time[2])
redis.call('HSET', KEYS[1], 'version', version, 'writer', ARGV[3], 'instance', ARGV[4])
for i = 6, #ARGV, 2 do
  redis.call('HSET', KEYS[1], 'p:' .. ARGV[i], (string.gsub(ARGV[i + 1], '^(%S+) 0 ', '%1 ' .. now .. ' ')))
end
redis.call('PUBLISH', ARGV[5], version)
return {1, version, ARGV[3]}
