package io.chaosproxy.config;

import com.typesafe.config.ConfigObject;
import io.chaosproxy.fault.Rule;
import java.util.List;
import java.util.Optional;

/**
 * Writes configurations without defaults; {@link ConfigReader} reads them back. Rules of a proxy are written in the short
 * form if they were written in it, and they are the first of its plan, as the short form makes them; all others in the long
 * form. Thread-safe.
 */
public final class ConfigWriter {
    private ConfigWriter() {}

    /**
     * Complete configuration under the root key, including the token of the control plane.
     *
     * @param config configuration to write
     * @return the fields
     */
    public static ConfigObject write(ChaosConfig config) {
        ObjectWriter proxies = new ObjectWriter();
        config.proxies().forEach(proxy -> proxies.put(proxy.name(), ProxyCodec.write(proxy)));
        ObjectWriter fields = new ObjectWriter();
        config.seed().ifPresent(seed -> fields.put("seed", ValueType.COUNT, seed));
        config.control().ifPresent(control -> fields.put("control", write(control)));
        config.cluster().ifPresent(cluster -> fields.put(ClusterSchema.KEY, ClusterSchema.write(cluster)));
        RuleCodec codec = RuleCodec.common(config.cluster().isPresent());
        fields.put("faults", ProxyCodec.write(config.common().rules(), codec)).put("proxies", proxies);
        return fields.toObject().atKey(ConfigReader.ROOT).root();
    }

    /**
     * Running configuration under the root key; not checked for conflicts as a file is.
     *
     * @param seed seed of the running server
     * @param control settings of its control plane
     * @param cluster settings of its cluster; empty for a process of its own
     * @param running specifications of its proxies
     * @return the fields
     */
    public static ConfigObject write(
            long seed, ControlSettings control, Optional<ClusterSettings> cluster, List<ProxySpec> running) {
        ObjectWriter proxies = new ObjectWriter();
        running.forEach(proxy -> proxies.put(proxy.name(), ProxyCodec.write(proxy)));
        ObjectWriter fields =
                new ObjectWriter().put("seed", ValueType.COUNT, seed).put("control", write(control));
        cluster.ifPresent(settings -> fields.put(ClusterSchema.KEY, ClusterSchema.write(settings)));
        return fields.put("proxies", proxies)
                .toObject()
                .atKey(ConfigReader.ROOT)
                .root();
    }

    /** Always includes the address, because an object without fields would be omitted. */
    private static ObjectWriter write(ControlSettings control) {
        return ControlSchema.write(control).put("listen", ValueType.ADDRESS, control.listen());
    }

    /**
     * {@return fields of a proxy}
     *
     * @param proxy specification to write
     */
    public static ConfigObject write(ProxySpec proxy) {
        return ProxyCodec.write(proxy).toObject();
    }

    /**
     * {@return fields of a rule of a proxy}
     *
     * @param rule rule to write
     */
    public static ConfigObject write(Rule rule) {
        return RuleCodec.OWN.write(rule).toObject();
    }

    /**
     * Renders as HOCON.
     *
     * @param fields fields to render
     * @return the text
     */
    public static String hocon(ConfigObject fields) {
        return ConfigRenderer.HOCON.of(fields);
    }

    /**
     * Renders as JSON.
     *
     * @param fields fields to render
     * @return the text
     */
    public static String json(ConfigObject fields) {
        return ConfigRenderer.JSON.of(fields);
    }
}
