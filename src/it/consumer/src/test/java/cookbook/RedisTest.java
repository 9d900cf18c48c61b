package cookbook;

import static java.time.Duration.ofMinutes;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

@ChaosTest
class RedisTest {
    @Chaos(upstream = "redis()")
    ChaosProxy cache;

    static int redis() {
        return Servers.redis();
    }

    // snippet: redis
    private static String price(RedisClient redis) {
        try {
            return redis.get("price:42");
        } catch (JedisException e) {
            return "from the database";
        }
    }

    @Test
    void aCacheThatHangsDoesNotStopTheShop() {
        try (RedisClient redis = RedisClient.builder()
                .hostAndPort(new HostAndPort("127.0.0.1", cache.port()))
                .clientConfig(DefaultJedisClientConfig.builder()
                        .socketTimeoutMillis(2000)
                        .build())
                .build()) {
            redis.set("price:42", "from the cache");
            assertEquals("from the cache", price(redis));
            try (var outage = cache.inject(Outage.of(ofMinutes(1)))) {
                assertEquals("from the database", price(redis));
            }
            assertEquals("from the cache", price(redis)); // on a new connection
        }
    }
    // end
}
