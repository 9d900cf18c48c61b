package io.chaosproxy.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.config.ConfigError;
import io.chaosproxy.fault.Protocol;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Options that describe one proxy instead of a file. Each option is a key of the file with its value as typed, so that
 * both have the same meaning and the same error messages.
 */
final class ProxyOptions {
    private static final Setting NAME = new Setting(
            "name",
            "--name",
            "NAME",
            false,
            "Name of the proxy in logs and in the journal, and part of the seed of its draws.",
            List.of());

    private final Protocol protocol;
    private final List<Setting> proxy; // required
    private final List<Setting> service;
    private final CommandSpec command;

    /** Adds the options to a command. */
    ProxyOptions(Protocol protocol, CommandSpec command) {
        this.protocol = protocol;
        this.command = command;
        service = Setting.service(protocol);
        proxy = protocol == Protocol.FORWARD
                ? List.of(Setting.LISTEN)
                : List.of(Setting.LISTEN, Setting.upstream(protocol));
        proxy.forEach(setting -> command.addOption(option(setting, true)));
        command.addOption(option(NAME, false));
        command.addArgGroup(group("Faults", Setting.FAULTS));
        command.addArgGroup(group("Options of the proxy", service));
        command.addArgGroup(group("TLS", tls()));
        if (!intercept().isEmpty()) {
            command.addArgGroup(group("Interception of TLS in tunnels", intercept()));
        }
    }

    /** Encrypted bytes have no requests, so http has no passthrough; the targets of a forward proxy have names of their own. */
    private List<Setting> tls() {
        return switch (protocol) {
            case TCP, AUTO ->
                Stream.concat(Stream.of(Setting.PASSTHROUGH), Setting.TLS.stream())
                        .toList();
            case HTTP -> Setting.TLS;
            case FORWARD ->
                Setting.TLS.stream()
                        .filter(setting -> !setting.key().equals("upstream-tls.server-name"))
                        .toList();
        };
    }

    private List<Setting> intercept() {
        return protocol == Protocol.FORWARD ? Setting.INTERCEPT : List.of();
    }

    private List<Setting> all() {
        return Stream.of(proxy, Setting.FAULTS, service, tls(), intercept())
                .flatMap(List::stream)
                .toList();
    }

    private static ArgGroupSpec group(String heading, List<Setting> settings) {
        ArgGroupSpec.Builder group =
                ArgGroupSpec.builder().heading("%n" + heading + ":%n").validate(false);
        settings.forEach(setting -> group.addArg(option(setting, false)));
        return group.build();
    }

    private static OptionSpec option(Setting setting, boolean required) {
        OptionSpec.Builder option = OptionSpec.builder(setting.option())
                .description(setting.description())
                .required(required);
        if (!setting.words().isEmpty()) {
            option.completionCandidates(setting.words());
        }
        if (setting.isList()) {
            return option.type(List.class)
                    .auxiliaryTypes(String.class)
                    .splitRegex(",")
                    .paramLabel(setting.label())
                    .build();
        }
        return setting.label().isEmpty()
                ? option.type(Boolean.class).build()
                : option.type(String.class).paramLabel(setting.label()).build();
    }

    /** Protocol name. */
    String word() {
        return word(protocol);
    }

    static String word(Protocol protocol) {
        return protocol.name().toLowerCase(Locale.ROOT);
    }

    Protocol protocol() {
        return protocol;
    }

    /** Upstream as typed. */
    Optional<String> upstream() {
        return proxy.stream()
                .filter(setting -> setting.key().equals("upstream"))
                .findFirst()
                .map(this::typed)
                .map(String::valueOf);
    }

    /** Options as an equivalent configuration. */
    Config typed() {
        ConfigObject nothing = ConfigValueFactory.fromMap(Map.of(), NAME.option());
        Config fields = nothing.toConfig().withValue("protocol", ConfigValueFactory.fromAnyRef(word(), word()));
        for (Setting setting : all()) {
            Object value = typed(setting);
            if (setting != Setting.PASSTHROUGH && value != null) {
                fields = fields.withValue(setting.key(), ConfigValueFactory.fromAnyRef(value, setting.option()));
            }
        }
        if (isPassthrough()) {
            fields = fields.withValue(
                    Setting.PASSTHROUGH.key(),
                    ConfigValueFactory.fromAnyRef("passthrough", Setting.PASSTHROUGH.option()));
        }
        return fields.atPath(ConfigUtil.joinPath("chaos-proxy", "proxies", name()));
    }

    private String name() {
        return typed(NAME) instanceof String given ? given : word();
    }

    private boolean isPassthrough() {
        return tls().contains(Setting.PASSTHROUGH) && Boolean.TRUE.equals(typed(Setting.PASSTHROUGH));
    }

    /** Option that was typed together with one that takes its place. */
    Optional<String> conflict() {
        return isPassthrough()
                ? typedIn(Setting.PASSTHROUGH.key())
                        .map(other -> Setting.PASSTHROUGH.option() + ": does not go with " + other.option())
                : Optional.empty();
    }

    private Optional<Setting> typedIn(String object) {
        return all().stream()
                .filter(setting -> setting.isIn(object) && typed(setting) != null)
                .findFirst();
    }

    /** The error at the option of its key; errors of keys that are missing stand at the object that lacks them. */
    ConfigError atOption(ConfigError error) {
        String proxy = ConfigUtil.joinPath("proxies", name()) + ".";
        if (error.origin().startsWith("-D") || !error.path().startsWith(proxy)) {
            return error;
        }
        String key = error.path().substring(proxy.length());
        return all().stream()
                .filter(setting -> setting.key().equals(key) && !(setting == Setting.PASSTHROUGH && !isPassthrough()))
                .findFirst()
                .or(() -> typedIn(key))
                .map(setting -> new ConfigError(setting.option(), error.path(), error.message()))
                .orElse(error);
    }

    private @Nullable Object typed(Setting setting) {
        return command.findOption(setting.option()).getValue();
    }
}
