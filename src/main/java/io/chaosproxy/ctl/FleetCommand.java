package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import io.chaosproxy.terminal.Units;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** {@code ctl fleet}: lists the replicas of a cluster. */
@Command(
        name = "fleet",
        description = "Lists the replicas of the server's cluster: name, state, version of the program and of the plan,"
                + " share of each rate, last seen.",
        footer = {"", "Example:", "  chaos-proxy ctl fleet"})
final class FleetCommand implements Action {
    private final Ctl ctl;

    FleetCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        ApiResponse answer = ctl.server().get("fleet");
        TabularOutput sheet = new TabularOutput("replica", "state", "version", "plan", "shares", "last seen");
        Config fleet = answer.json();
        for (Config replica : fleet.getConfigList("replicas")) {
            sheet.add(
                    Cell.of(replica.getString("name")),
                    Cell.of(state(fleet, replica)),
                    Cell.of(replica.getString("version")),
                    Cell.of(plan(fleet, replica)),
                    shares(replica),
                    seen(replica));
        }
        ctl.show(answer, sheet, "no replicas");
    }

    private static boolean isAsked(Config fleet, Config replica) {
        return fleet.getString("replica").equals(replica.getString("name"));
    }

    private static String state(Config fleet, Config replica) {
        if (isAsked(fleet, replica) && !fleet.getString("redis.state").equals("connected")) {
            return "redis unavailable";
        }
        return replica.getBoolean("alive") ? "alive" : "gone";
    }

    private static String plan(Config fleet, Config replica) {
        boolean pending = isAsked(fleet, replica) && fleet.getBoolean("plan.pending");
        return replica.getLong("plan-version") + (pending ? " (pending)" : "");
    }

    private static Cell shares(Config replica) {
        List<? extends Config> shares = replica.getConfigList("shares");
        String shown = shares.stream()
                .map(share -> name(share) + " " + Units.bytes(share.getLong("rate")) + "/s of "
                        + Units.bytes(share.getLong("whole")) + "/s")
                .collect(Collectors.joining(", "));
        String exact = shares.stream()
                .map(share -> name(share) + " " + share.getLong("rate"))
                .collect(Collectors.joining(","));
        return new Cell(shown.isEmpty() ? "-" : shown, exact);
    }

    private static String name(Config share) {
        return share.getString("rule") + " " + share.getString("direction");
    }

    private static Cell seen(Config replica) {
        String moment = replica.getString("last-seen");
        Duration ago = Duration.between(Instant.parse(moment), Instant.now());
        return new Cell(ago.toSeconds() < 2 ? "now" : Units.clock(ago) + " ago", moment);
    }
}
