package io.chaosproxy.config;

import static io.chaosproxy.config.FieldSchema.defaulted;
import static io.chaosproxy.config.FieldSchema.optional;
import static io.chaosproxy.config.FieldSchema.required;
import static io.chaosproxy.config.ValueType.FILE;
import static io.chaosproxy.config.ValueType.FLAG;
import static io.chaosproxy.config.ValueType.TEXT;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The table of the cluster's settings, {@code cluster}: read, written and described as the faults are. */
final class ClusterSchema {
    /** Key of the section. */
    static final String KEY = "cluster";

    static final String SUMMARY = "several replicas with one total rate and one plan, by way of Redis";

    static final ObjectSchema<ClusterSettings> CLUSTER = cluster();

    private ClusterSchema() {}

    private static ObjectSchema<ClusterSettings> cluster() {
        FieldSchema<ClusterSettings, RedisAddress> redis = required(
                "redis",
                ValueType.REDIS,
                ClusterSettings::redis,
                RedisAddress.parse("redis://127.0.0.1:6379"),
                "URL of Redis, rediss:// with TLS; several hosts are sentinels or nodes of a Redis Cluster");
        FieldSchema<ClusterSettings, String> name = defaulted(
                "name",
                TEXT,
                ClusterSettings::name,
                ClusterSettings.DEFAULT_NAME,
                "name of the cluster; its keys in Redis begin with it");
        FieldSchema<ClusterSettings, Optional<String>> replica = optional(
                "replica",
                TEXT,
                ClusterSettings::replica,
                "replica-1",
                "name of this replica, part of the seed; the host name if left out");
        FieldSchema<ClusterSettings, Optional<String>> passwordEnv = optional(
                "password-env",
                TEXT,
                ClusterSettings::passwordEnv,
                "REDIS_PASSWORD",
                "environment variable with the password of Redis");
        FieldSchema<ClusterSettings, Optional<Path>> passwordFile = optional(
                "password-file",
                FILE,
                ClusterSettings::passwordFile,
                Path.of("redis-password"),
                "file whose first line is the password, in place of password-env");
        FieldSchema<ClusterSettings, Optional<Path>> trust = optional(
                "trust",
                FILE,
                ClusterSettings::trust,
                Path.of("redis-ca.pem"),
                "certificate authorities for rediss://, PEM or PKCS#12; those of Java if left out");
        FieldSchema<ClusterSettings, Optional<String>> master = optional(
                "sentinel-master",
                TEXT,
                ClusterSettings::sentinelMaster,
                "mymaster",
                "name of the master, if the hosts of the URL are sentinels");
        FieldSchema<ClusterSettings, Boolean> toxiproxy = defaulted(
                "toxiproxy",
                FLAG,
                ClusterSettings::toxiproxy,
                false,
                "whether toxics are added, changed and removed on all replicas");
        return new ObjectSchema<>(
                List.of(redis, name, replica, passwordEnv, passwordFile, trust, master, toxiproxy),
                reader -> new ClusterSettings(
                        redis.read(reader),
                        name.read(reader),
                        replica.read(reader),
                        passwordEnv.read(reader),
                        passwordFile.read(reader),
                        trust.read(reader),
                        master.read(reader),
                        toxiproxy.read(reader)));
    }

    /** Reads the settings; empty if there were errors. */
    static Optional<ClusterSettings> read(ObjectReader reader) {
        Optional<ClusterSettings> read = reader.build(() -> CLUSTER.read(reader));
        reader.rejectUnknown();
        return read;
    }

    static ObjectWriter write(ClusterSettings settings) {
        return CLUSTER.write(settings, new ObjectWriter());
    }
}
