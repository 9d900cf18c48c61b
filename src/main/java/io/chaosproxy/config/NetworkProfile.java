package io.chaosproxy.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.text.Spelling;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Named network profile, as rules: bandwidth in each direction, latency of the first byte of a response, and stalls in place
 * of packet loss. The figures and their sources are in {@code profiles.conf}.
 *
 * @param name name of the profile
 * @param fields fields of the profile in that file; {@code down} and {@code up} in bytes per second
 */
public record NetworkProfile(String name, Config fields) {
    /** Prefix of the names of a profile's rules. */
    public static final String PREFIX = "profile-";

    /** Rejects null. */
    public NetworkProfile {
        Check.given("name", name);
        Check.given("fields", fields);
    }

    /** {@return all profiles, ordered by name} */
    public static List<NetworkProfile> all() {
        try (InputStream in = NetworkProfile.class.getResourceAsStream("profiles.conf")) {
            if (in == null) {
                throw new IllegalStateException("profiles.conf is missing from this build");
            }
            Config all = ConfigFactory.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            return all.root().keySet().stream()
                    .sorted()
                    .map(name -> new NetworkProfile(name, all.root().toConfig().getConfig("\"" + name + "\"")))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Finds a profile by name.
     *
     * @param name name of the profile
     * @return the profile
     * @throws InvalidValueException listing the known profiles, with a suggestion
     */
    public static NetworkProfile named(String name) {
        Check.given("profile", name);
        List<NetworkProfile> all = all();
        List<String> names = all.stream().map(NetworkProfile::name).toList();
        return all.stream()
                .filter(each -> each.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new InvalidValueException(
                        "profile",
                        "must be one of " + String.join(", ", names) + ", not \"" + name + "\""
                                + Spelling.hint(name, names)));
    }

    /** {@return rules of this profile} Their names begin with {@link #PREFIX}. */
    public List<Rule> rules() {
        List<Rule> rules = new ArrayList<>();
        if (fields.hasPath("latency")) {
            rules.add(Rule.of(PREFIX + "latency", Latency.between(duration("latency.min"), duration("latency.max"))));
        }
        if (fields.hasPath("up")) {
            rules.add(Rule.of(PREFIX + "up", Rate.of(fields.getLong("up"))).way(Directions.UP));
        }
        if (fields.hasPath("down")) {
            rules.add(Rule.of(PREFIX + "down", Rate.of(fields.getLong("down"))).way(Directions.DOWN));
        }
        if (fields.hasPath("stalls")) {
            rules.add(Rule.of(PREFIX + "stalls", new Outage(duration("stalls.min"), duration("stalls.max")))
                    .probability(fields.getDouble("stalls.probability")));
        }
        return rules;
    }

    private Duration duration(String path) {
        return fields.getDuration(path);
    }

    /**
     * Plan with this profile in place of any other.
     *
     * @param plan plan to change
     * @return the changed plan
     */
    public Plan in(Plan plan) {
        Check.given("plan", plan);
        List<Rule> rules = new ArrayList<>(without(plan).rules());
        rules.addAll(rules());
        return new Plan(rules);
    }

    /**
     * Plan with this profile in place of any other and of all other latencies and rates.
     *
     * @param plan plan to change
     * @return the changed plan
     */
    public Plan aloneIn(Plan plan) {
        Check.given("plan", plan);
        return in(new Plan(plan.rules().stream()
                .filter(rule -> !(rule.fault() instanceof Latency || rule.fault() instanceof Rate))
                .toList()));
    }

    /**
     * Plan without the rules of profiles.
     *
     * @param plan plan to change
     * @return the changed plan
     */
    public static Plan without(Plan plan) {
        Check.given("plan", plan);
        return new Plan(plan.rules().stream()
                .filter(rule -> !rule.name().startsWith(PREFIX))
                .toList());
    }
}
