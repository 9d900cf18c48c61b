package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Settings of a cluster: several replicas that share one total rate and one plan, whose state is in Redis.
 *
 * @param redis where Redis is
 * @param name name of the cluster, which several clusters on one Redis need
 * @param replica name of this replica, unique in the cluster; empty for the name of the machine
 * @param passwordEnv environment variable with the password of Redis; empty for none
 * @param passwordFile file whose first line is the password of Redis; empty for none
 * @param trust PEM or PKCS#12 with the authorities that vouch for Redis; empty for those of the system
 * @param sentinelMaster name of the master that the sentinels at {@code redis} watch; empty without Sentinel
 * @param toxiproxy whether changes through Toxiproxy's API are made on all replicas
 */
public record ClusterSettings(
        RedisAddress redis,
        String name,
        Optional<String> replica,
        Optional<String> passwordEnv,
        Optional<Path> passwordFile,
        Optional<Path> trust,
        Optional<String> sentinelMaster,
        boolean toxiproxy) {
    /** Default name of a cluster. */
    public static final String DEFAULT_NAME = "chaos-proxy";

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    /** Rejects names that can't be parts of keys, and two sources of the password. */
    public ClusterSettings {
        Check.given("redis", redis);
        Check.name("name", name);
        Check.that(!name.contains("{") && !name.contains("}"), "name", "must have no braces");
        Check.given("replica", replica);
        replica.ifPresent(given -> Check.name("replica", given));
        Check.given("password-env", passwordEnv);
        passwordEnv.ifPresent(variable -> Check.that(
                VARIABLE.matcher(variable).matches(),
                "password-env",
                "must be the name of an environment variable, which has the password"));
        Check.given("password-file", passwordFile);
        Check.that(passwordEnv.isEmpty() || passwordFile.isEmpty(), "password-env", "does not go with password-file");
        Check.that(
                !redis.hasPassword() || (passwordEnv.isEmpty() && passwordFile.isEmpty()),
                "redis",
                "has a password already, so no password-env and no password-file");
        Check.given("trust", trust);
        Check.that(trust.isEmpty() || redis.isEncrypted(), "trust", "needs a URL rediss://");
        Check.given("sentinel-master", sentinelMaster);
        sentinelMaster.ifPresent(master -> Check.that(!master.isBlank(), "sentinel-master", "must not be empty"));
    }

    /**
     * {@return settings with this Redis and defaults}
     *
     * @param redis URL, such as {@code redis://127.0.0.1:6379}
     */
    public static ClusterSettings at(String redis) {
        return new ClusterSettings(
                RedisAddress.parse(redis),
                DEFAULT_NAME,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    /** {@return these settings without user and password of Redis, for output} */
    public ClusterSettings withoutSecrets() {
        return new ClusterSettings(
                redis.withoutCredentials(), name, replica, passwordEnv, passwordFile, trust, sentinelMaster, toxiproxy);
    }

    /**
     * {@return these settings for a replica of this name}
     *
     * @param other name, unique in the cluster
     */
    public ClusterSettings replica(String other) {
        return new ClusterSettings(
                redis, name, Optional.of(other), passwordEnv, passwordFile, trust, sentinelMaster, toxiproxy);
    }
}
