package io.chaosproxy.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.fault.Protocol;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Options that describe one proxy instead of a file. Each option is a key of the file with its value as typed, so that
 * both have the same meaning and the same error messages.
 */
final class ProxyOptions {
    private static final List<Setting> PROXY = List.of(Setting.LISTEN, Setting.UPSTREAM);
    private static final Setting NAME = new Setting("name", "NAME", "Part of all draws and of what is logged.");

    private final Protocol protocol;
    private final CommandSpec command;

    /** Adds the options to a command. */
    ProxyOptions(Protocol protocol, CommandSpec command) {
        this.protocol = protocol;
        this.command = command;
        PROXY.forEach(setting -> command.addOption(option(setting)));
        command.addOption(option(NAME));
        command.addArgGroup(group("What goes wrong", Setting.FAULTS));
        command.addArgGroup(group("How it serves", Setting.SERVICE));
    }

    private static ArgGroupSpec group(String heading, List<Setting> settings) {
        ArgGroupSpec.Builder group =
                ArgGroupSpec.builder().heading("%n" + heading + ":%n").validate(false);
        settings.forEach(setting -> group.addArg(option(setting)));
        return group.build();
    }

    private static OptionSpec option(Setting setting) {
        OptionSpec.Builder option = OptionSpec.builder(setting.option())
                .description(setting.description())
                .required(PROXY.contains(setting));
        return setting.label().isEmpty()
                ? option.type(Boolean.class).build()
                : option.type(String.class).paramLabel(setting.label()).build();
    }

    /** Protocol name. */
    String word() {
        return protocol.name().toLowerCase(Locale.ROOT);
    }

    Protocol protocol() {
        return protocol;
    }

    /** Upstream as typed. */
    Optional<String> upstream() {
        return Optional.ofNullable(typed(Setting.UPSTREAM)).map(String::valueOf);
    }

    /** Options as an equivalent configuration. */
    Config typed() {
        ConfigObject nothing = ConfigValueFactory.fromMap(Map.of(), NAME.option());
        Config fields = nothing.toConfig().withValue("protocol", ConfigValueFactory.fromAnyRef(word(), word()));
        for (List<Setting> settings : List.of(PROXY, Setting.FAULTS, Setting.SERVICE)) {
            for (Setting setting : settings) {
                Object value = typed(setting);
                if (value != null) {
                    fields = fields.withValue(setting.key(), ConfigValueFactory.fromAnyRef(value, setting.option()));
                }
            }
        }
        String name = typed(NAME) instanceof String given ? given : word();
        return fields.atPath(ConfigUtil.joinPath("chaos-proxy", "proxies", name));
    }

    private @Nullable Object typed(Setting setting) {
        return command.findOption(setting.option()).getValue();
    }
}
