package io.chaosproxy.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.ProxySpec;
import java.util.List;

/** Writes configurations in the long form, without what has its default; {@link ConfigReader} reads them back. */
public final class ConfigWriter {
    private ConfigWriter() {}

    /** A whole configuration, under its root; with the token of the control plane, if it has one. */
    public static ConfigObject write(ChaosConfig config) {
        Fields proxies = new Fields();
        config.proxies().forEach(proxy -> proxies.put(proxy.name(), ProxyCodec.write(proxy)));
        Fields fields = new Fields();
        config.seed().ifPresent(seed -> fields.put("seed", Kind.COUNT, seed));
        config.control().ifPresent(control -> fields.put("control", write(control)));
        fields.put("faults", ProxyCodec.write(config.common(), RuleCodec.COMMON))
                .put("proxies", proxies);
        return fields.toObject().atKey(ConfigReader.ROOT).root();
    }

    /** What runs at this moment, under the root; it needn't go together as a file has to. */
    public static ConfigObject write(long seed, ControlSettings control, List<ProxySpec> running) {
        Fields proxies = new Fields();
        running.forEach(proxy -> proxies.put(proxy.name(), ProxyCodec.write(proxy)));
        return new Fields()
                .put("seed", Kind.COUNT, seed)
                .put("control", write(control))
                .put("proxies", proxies)
                .toObject()
                .atKey(ConfigReader.ROOT)
                .root();
    }

    /** With its address even if that is the usual one: a section without a field isn't written. */
    private static Fields write(ControlSettings control) {
        return ControlCodec.write(control).put("listen", Kind.ADDRESS, control.listen());
    }

    /** What stands under a proxy's name. */
    public static ConfigObject write(ProxySpec proxy) {
        return ProxyCodec.write(proxy).toObject();
    }

    /** What stands under a rule's name in a proxy. */
    public static ConfigObject write(Rule rule) {
        return RuleCodec.OWN.write(rule).toObject();
    }

    /**
     * The words of the short form that make a rule of a proxy, a single value as a range whose ends are the same; empty if it
     * takes the long form to say it.
     */
    public static ConfigObject shortForm(Rule rule) {
        return ConfigValueFactory.fromMap(ShortForm.words(rule));
    }

    /** As a file would say it. */
    public static String hocon(ConfigObject fields) {
        return Text.HOCON.of(fields);
    }

    /** The same as JSON. */
    public static String json(ConfigObject fields) {
        return Text.JSON.of(fields);
    }
}
