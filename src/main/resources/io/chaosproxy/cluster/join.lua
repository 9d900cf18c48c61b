-- Takes a name for a replica: the wanted one, or with a number behind it if another live replica has that.
--
-- KEYS  1 replicas (sorted set: name by the moment of its expiry), 2 their instances (hash: name to instance)
-- ARGV  1 wanted name, 2 instance, 3 microseconds until the name expires
-- gives the name, and the server's clock in microseconds

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local name, number = ARGV[1], 1
while redis.call('ZSCORE', KEYS[1], name) and redis.call('HGET', KEYS[2], name) ~= ARGV[2] do
  number = number + 1
  name = ARGV[1] .. '-' .. number
end
redis.call('ZADD', KEYS[1], now + ARGV[3], name)
redis.call('HSET', KEYS[2], name, ARGV[2])
return {name, string.format('%.0f', now)}
