package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import io.chaosproxy.config.Profile;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ctl profile}: named networks, and which a proxy is. */
@Command(
        name = "profile",
        description = "Lists the named networks; or makes one of them of a proxy, in place of a former one.",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ctl profile",
            "  chaos-proxy ctl profile shop 3g",
            "  chaos-proxy ctl profile shop 3g --only",
            "  chaos-proxy ctl profile shop --remove",
            "",
            "A profile comes on top of the latencies and rates that the proxy has, which the",
            "output names. With --only they go; ctl reload brings back those of the file.",
            "Not on a terminal: name, bytes a second down and up, latency, stalls, basis, source."
        })
final class ProfileCommand implements Action {
    private final Ctl ctl;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", arity = "0..1", paramLabel = "PROXY", description = "Its name.")
    private @Nullable String proxy;

    @Parameters(index = "1", arity = "0..1", paramLabel = "PROFILE", description = "The network that it becomes.")
    private @Nullable String profile;

    @Option(names = "--only", description = "Removes the latencies and rates that the proxy has otherwise.")
    private boolean only;

    @Option(names = "--remove", description = "Removes the rules of the profile that the proxy has.")
    private boolean remove;

    ProfileCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        if (proxy == null && !remove && !only) {
            list(ctl.server());
        } else if (proxy != null && profile != null && !remove) {
            put(ctl.server(), proxy, profile);
        } else if (proxy != null && profile == null && remove && !only) {
            remove(ctl.server(), proxy);
        } else {
            throw new ParameterException(spec.commandLine(), "Give PROXY and PROFILE, or PROXY and --remove");
        }
    }

    private void put(Server server, String on, String name) throws IOException {
        Known.of(server).proxy(on);
        Answer answer = server.put(Pairs.json(List.of("name=" + name, "only=" + only)), "proxies", on, "profile");
        ctl.say(answer, on + " is " + name + below(answer.json()));
    }

    /** The rules that a profile comes on top of: what a connection meets is their sum, not the profile. */
    private static String below(Config proxy) {
        List<String> others = proxy.getConfigList("rules").stream()
                .filter(rule -> !rule.getString("name").startsWith(Profile.PREFIX))
                .filter(rule -> List.of("latency", "rate").contains(rule.getString("type")))
                .map(rule -> rule.getString("type") + " " + rule.getString("name"))
                .toList();
        return others.isEmpty()
                ? ""
                : " on top of " + String.join(" and ", others) + "; --only puts it in place of "
                        + (others.size() == 1 ? "that" : "them");
    }

    private void remove(Server server, String from) throws IOException {
        Known.of(server).proxy(from);
        ctl.say(server.delete("proxies", from, "profile"), from + " has no profile");
    }

    private void list(Server server) throws IOException {
        Answer answer = server.get("profiles");
        Sheet sheet = new Sheet("profile", ">down", ">up", "latency", "stalls", "basis", "source");
        for (Config each : answer.json().getConfigList("profiles")) {
            sheet.add(
                    Cell.of(each.getString("name")),
                    rate(each, "down"),
                    rate(each, "up"),
                    Cell.of(range(each, "latency")),
                    Cell.of(range(each, "stalls")),
                    Cell.of(each.getString("basis")),
                    Cell.of(each.getString("source")));
        }
        ctl.show(answer, sheet, "no profiles");
    }

    private static Cell rate(Config profile, String key) {
        return profile.hasPath(key) ? Cell.rate(profile.getLong(key)) : new Cell("-", "");
    }

    /** Such as {@code 300ms} or {@code 1% 300ms-1s}. */
    private static String range(Config profile, String key) {
        if (!profile.hasPath(key)) {
            return "";
        }
        Config range = profile.getConfig(key);
        String min = range.getString("min");
        String max = range.getString("max");
        String often =
                range.hasPath("probability") ? Math.round(range.getDouble("probability") * 1000) / 10.0 + "% " : "";
        return often + (min.equals(max) ? min : min + "-" + max);
    }
}
