package io.chaosproxy.control.toxiproxy;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Probability;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.TrialUnit;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A toxic as requested, and the rule that implements it, if it has an effect.
 *
 * @param stream as it was spelled; {@code direction} is what it means
 * @param toxicity the share of connections that it holds for, 0 to 1
 * @param attributes in the order of its type
 */
record Toxic(String name, ToxicType type, String stream, Direction direction, float toxicity, List<Long> attributes) {
    /** Prefix of the names of rules that are toxics; no other rule is shown as one. */
    private static final String TAG = "toxic:";

    Toxic {
        attributes = List.copyOf(attributes);
    }

    /** Whether this rule of a proxy is the doing of Toxiproxy's API. */
    static boolean isToxic(Rule rule) {
        return rule.name().startsWith(TAG);
    }

    /** The toxic that has this rule, which another replica of a cluster made of it; empty if there is none. */
    static Optional<Toxic> of(Rule rule) {
        if (!isToxic(rule) || rule.way() == Directions.BOTH) {
            return Optional.empty();
        }
        Direction direction = rule.way() == Directions.UP ? Direction.UP : Direction.DOWN;
        return Arrays.stream(ToxicType.values())
                .flatMap(type -> type
                        .values(rule.fault())
                        .map(values -> new Toxic(
                                rule.name().substring(TAG.length()),
                                type,
                                direction == Direction.UP ? "upstream" : "downstream",
                                direction,
                                (float) rule.chance().probability(),
                                values))
                        .stream())
                .filter(toxic -> toxic.rule().filter(rule::equals).isPresent())
                .findFirst();
    }

    /**
     * Decodes the body of a toxic to add.
     *
     * @param names of the toxics that there are already
     */
    static Toxic read(GoJson.Value body, List<String> names) throws ApiError {
        GoStruct given = GoStruct.of("ToxicWrapper", "toxics.ToxicWrapper", body);
        String typeName = given.text("type").orElse("");
        String stream = given.text("stream").orElse("downstream");
        float toxicity = given.float32("toxicity").orElse(1f);
        String wanted = given.text("name").orElse("");
        given.struct("attributes", "NoopToxic", "toxics.NoopToxic"); // an object, whatever the type

        Direction direction = direction(stream);
        ToxicType type = ToxicType.named(typeName).orElseThrow(() -> new ApiError(400, "invalid toxic type"));
        String name = wanted.isEmpty() ? typeName + "_" + stream : wanted;
        try {
            Check.name("name", name);
        } catch (InvalidValueException e) {
            throw NewProxy.refusal(e);
        }
        if (names.contains(name)) {
            throw new ApiError(409, "toxic already exists");
        }
        List<Long> attributes =
                type.read(given, Collections.nCopies(type.attributes().size(), 0L));
        return new Toxic(name, type, stream, direction, checked(toxicity), attributes);
    }

    private static Direction direction(String stream) throws ApiError {
        if (stream.equalsIgnoreCase("upstream")) {
            return Direction.UP;
        }
        if (stream.equalsIgnoreCase("downstream")) {
            return Direction.DOWN;
        }
        throw new ApiError(400, "stream was invalid, can be either upstream or downstream");
    }

    /** A copy with the toxicity and attributes of the body; name, type and stream never change. */
    Toxic changed(GoJson.Value body) throws ApiError {
        GoStruct given = GoStruct.of("", "struct { Attributes interface {}; Toxicity float32 }", body);
        float other = checked(given.float32("toxicity").orElse(toxicity));
        return new Toxic(name, type, stream, direction, other, type.read(given, attributes));
    }

    private static float checked(float toxicity) throws ApiError {
        if (toxicity < 0 || toxicity > 1) {
            throw ApiError.badBody("toxicity must be from 0 to 1, not "
                    + GoJson.number(toxicity).toPlainString());
        }
        return toxicity;
    }

    /** Rule that implements the toxic; empty if it has no effect. */
    Optional<Rule> rule() {
        return type.fault(attributes, direction)
                .map(fault -> new Rule(
                        ruleName(),
                        fault,
                        direction == Direction.UP ? Directions.UP : Directions.DOWN,
                        new Probability(toxicity, TrialUnit.CONNECTION, Long.MAX_VALUE),
                        Match.ANY,
                        Duration.ZERO));
    }

    String ruleName() {
        return TAG + name;
    }

    /** As the API returns it; fields in the order of the original. */
    Map<String, Object> json() {
        Map<String, Object> values = new LinkedHashMap<>();
        for (int i = 0; i < attributes.size(); i++) {
            values.put(type.attributes().get(i), attributes.get(i));
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("attributes", values);
        json.put("name", name);
        json.put("type", type.toString());
        json.put("stream", stream);
        json.put("toxicity", GoJson.number(toxicity));
        return json;
    }
}
