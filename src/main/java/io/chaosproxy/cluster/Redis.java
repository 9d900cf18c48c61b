package io.chaosproxy.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.chaosproxy.config.ClusterSettings;
import io.chaosproxy.relay.UnusableSettingsException;
import io.chaosproxy.tls.Contexts;
import io.chaosproxy.tls.KeyReader;
import io.chaosproxy.tls.UnusableFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * The Redis of a cluster: one server, the master that sentinels name, or a Redis Cluster. A call that gets no answer fails after
 * about a second. Thread-safe.
 */
final class Redis implements AutoCloseable {
    /** Upper bound for a connect and for the wait for an answer: as long as a lease. */
    private static final Duration PATIENCE = Pace.LEASE;

    private static final int CONNECTIONS = 8;
    private static final String PASSWORD_FILE = "password-file";

    private final ClusterSettings settings;
    private final JedisClientConfig config;
    private final JedisClientConfig anonymous; // of sentinels, which often want no password
    private final ReentrantLock making = new ReentrantLock();
    private @Nullable UnifiedJedis client; // null until the first call, which finds sentinels and nodes
    private boolean closed;

    /**
     * Reads what the settings name outside of the configuration; connects to nothing yet.
     *
     * @throws UnusableSettingsException naming the key and the reason
     */
    Redis(ClusterSettings settings) throws UnusableSettingsException {
        this.settings = settings;
        this.anonymous = config(settings).build();
        DefaultJedisClientConfig.Builder config =
                config(settings).database(settings.redis().database());
        settings.redis().user().ifPresent(config::user);
        password(settings).ifPresent(config::password);
        this.config = config.build();
    }

    @SuppressWarnings("deprecation") // what replaced ssl... takes authorities from key stores in files only
    private static DefaultJedisClientConfig.Builder config(ClusterSettings settings) throws UnusableSettingsException {
        DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder()
                .connectionTimeoutMillis((int) PATIENCE.toMillis())
                .socketTimeoutMillis((int) PATIENCE.toMillis())
                .clientName("chaos-proxy")
                .protocol(
                        RedisProtocol
                                .RESP2) // else Jedis takes answers for those of the other one if there was no server at
                // first
                .ssl(settings.redis().isEncrypted());
        if (settings.redis().isEncrypted()) {
            SSLParameters parameters = new SSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            config.sslParameters(parameters);
            config.sslSocketFactory(
                    Contexts.of(Optional.empty(), trust(settings)).getSocketFactory());
        }
        return config;
    }

    private static TrustManager @Nullable [] trust(ClusterSettings settings) throws UnusableSettingsException {
        if (settings.trust().isEmpty()) {
            return null;
        }
        try {
            return Contexts.trust(KeyReader.trusted(settings.trust().get()));
        } catch (UnusableFileException e) {
            throw UnusableSettingsException.ofCluster("trust", String.valueOf(e.getMessage()), e);
        }
    }

    private static Optional<String> password(ClusterSettings settings) throws UnusableSettingsException {
        if (settings.passwordFile().isPresent()) {
            return Optional.of(firstLine(settings.passwordFile().get()));
        }
        if (settings.passwordEnv().isPresent()) {
            String name = settings.passwordEnv().get();
            String value = System.getenv(name);
            if (value == null || value.isEmpty()) {
                throw UnusableSettingsException.ofCluster(
                        "password-env", "the environment variable " + name + " is not set");
            }
            return Optional.of(value);
        }
        return settings.redis().password();
    }

    private static String firstLine(Path file) throws UnusableSettingsException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, UTF_8);
        } catch (NoSuchFileException e) {
            throw UnusableSettingsException.ofCluster(PASSWORD_FILE, file + " does not exist", e);
        } catch (IOException e) {
            throw UnusableSettingsException.ofCluster(
                    PASSWORD_FILE,
                    file + " can't be read as text: " + e.getClass().getSimpleName(),
                    e);
        }
        if (lines.isEmpty() || lines.getFirst().isEmpty()) {
            throw UnusableSettingsException.ofCluster(PASSWORD_FILE, file + " has no password in its first line");
        }
        return lines.getFirst();
    }

    /** Runs a script; it is sent only if Redis doesn't know it. */
    List<String> run(Script script, List<String> keys, List<String> arguments) {
        return call(redis -> words(evaluated(redis, script, keys, arguments)));
    }

    private static Object evaluated(UnifiedJedis redis, Script script, List<String> keys, List<String> arguments) {
        try {
            return redis.evalsha(script.sha1(), keys, arguments);
        } catch (JedisNoScriptException e) {
            return redis.eval(script.text(), keys, arguments);
        }
    }

    private static List<String> words(Object answer) {
        return ((List<?>) answer).stream().map(String::valueOf).toList();
    }

    /**
     * Makes a call, and once more if the connection was broken: those of the pool are after a restart of Redis.
     *
     * @throws redis.clients.jedis.exceptions.JedisException if there is no answer, or an error
     */
    <T> T call(Function<UnifiedJedis, T> command) {
        UnifiedJedis redis = client();
        try {
            return command.apply(redis);
        } catch (JedisConnectionException e) {
            return command.apply(redis);
        }
    }

    private UnifiedJedis client() {
        making.lock();
        try {
            if (closed) {
                throw new JedisConnectionException("closed");
            }
            UnifiedJedis present = client;
            if (present == null) {
                present = make();
                client = present;
            }
            return present;
        } finally {
            making.unlock();
        }
    }

    private UnifiedJedis make() {
        Set<HostAndPort> hosts = settings.redis().hosts().stream()
                .map(host -> new HostAndPort(host.host(), host.port()))
                .collect(Collectors.toSet());
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(CONNECTIONS);
        pool.setMaxWait(PATIENCE);
        pool.setJmxEnabled(false);
        if (settings.sentinelMaster().isPresent()) {
            return ofMaster(settings.sentinelMaster().get(), hosts, pool);
        }
        if (hosts.size() > 1) {
            return RedisClusterClient.builder()
                    .nodes(hosts)
                    .clientConfig(config)
                    .maxTotalRetriesDuration(PATIENCE)
                    .poolConfig(pool)
                    .build();
        }
        return RedisClient.builder()
                .hostAndPort(hosts.iterator().next())
                .clientConfig(config)
                .poolConfig(pool)
                .build();
    }

    /** The master that sentinels name, who may want the same password as Redis, or none. */
    private UnifiedJedis ofMaster(String name, Set<HostAndPort> sentinels, ConnectionPoolConfig pool) {
        try {
            return ofMaster(name, sentinels, pool, anonymous);
        } catch (JedisException e) {
            if (config.getPassword() == null) {
                throw e;
            }
            return ofMaster(name, sentinels, pool, config);
        }
    }

    private UnifiedJedis ofMaster(
            String name, Set<HostAndPort> sentinels, ConnectionPoolConfig pool, JedisClientConfig ofSentinels) {
        return RedisSentinelClient.builder()
                .masterName(name)
                .sentinels(sentinels)
                .clientConfig(config)
                .sentinelClientConfig(ofSentinels)
                .poolConfig(pool)
                .build();
    }

    @Override
    public void close() {
        making.lock();
        try {
            closed = true;
            if (client != null) {
                client.close();
            }
        } finally {
            making.unlock();
        }
    }
}
