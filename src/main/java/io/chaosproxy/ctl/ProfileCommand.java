package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import io.chaosproxy.config.NetworkProfile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ctl profile}: lists network profiles, or applies one to a proxy. */
@Command(
        name = "profile",
        description = "Lists the network profiles; or applies one to a proxy, in place of any other.",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ctl profile",
            "  chaos-proxy ctl profile shop 3g",
            "  chaos-proxy ctl profile shop 3g --only",
            "  chaos-proxy ctl profile shop --remove",
            "",
            "A profile applies in addition to the latencies and rates of the proxy, which the",
            "output lists. --only removes them; ctl reload restores those of the file.",
            "Not on a terminal: name, bytes per second down and up, latency, stalls, basis,",
            "source."
        })
final class ProfileCommand implements Action {
    private final Ctl ctl;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", arity = "0..1", paramLabel = "PROXY", description = "Proxy name.")
    private @Nullable String proxy;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PROFILE",
            description = "Profile to apply.",
            completionCandidates = Names.class)
    private @Nullable String profile;

    @Option(names = "--only", description = "Also remove all other latencies and rates.")
    private boolean only;

    @Option(names = "--remove", description = "Remove the rules of the current profile.")
    private boolean remove;

    /** All profiles. */
    private static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return NetworkProfile.all().stream().map(NetworkProfile::name).iterator();
        }
    }

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

    private void put(ControlClient server, String on, String name) throws IOException {
        List<String> before = others(ProxyLookup.of(server).proxy(on));
        ApiResponse answer =
                server.put(KeyValueArgs.json(spec, List.of("name=" + name, "only=" + only)), "proxies", on, "profile");
        List<String> after = others(answer.json());
        List<String> removed = new ArrayList<>(before);
        removed.removeAll(after);
        String more = after.isEmpty()
                ? ""
                : ", in addition to " + String.join(" and ", after) + "; --only removes "
                        + (after.size() == 1 ? "it" : "them");
        ctl.say(
                answer,
                "applied profile " + name + " to " + on + more
                        + (removed.isEmpty() ? "" : "; removed " + String.join(" and ", removed)));
    }

    /** Latencies and rates beside those of a profile, which they add to. */
    private static List<String> others(Config proxy) {
        return proxy.getConfigList("rules").stream()
                .filter(rule -> !rule.getString("name").startsWith(NetworkProfile.PREFIX))
                .filter(rule -> List.of("latency", "rate").contains(rule.getString("type")))
                .map(rule -> "the " + rule.getString("type") + " rule \"" + rule.getString("name") + "\"")
                .toList();
    }

    private void remove(ControlClient server, String from) throws IOException {
        ProxyLookup.of(server).proxy(from);
        ctl.say(server.delete("proxies", from, "profile"), "removed the profile of " + from);
    }

    private void list(ControlClient server) throws IOException {
        ApiResponse answer = server.get("profiles");
        TabularOutput sheet = new TabularOutput("profile", "!>down", "!>up", "latency", "stalls", "basis", "source");
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
