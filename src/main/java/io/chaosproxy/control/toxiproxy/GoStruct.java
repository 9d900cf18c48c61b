package io.chaosproxy.control.toxiproxy;

import io.chaosproxy.control.toxiproxy.GoJson.Member;
import io.chaosproxy.control.toxiproxy.GoJson.Members;
import io.chaosproxy.control.toxiproxy.GoJson.Null;
import io.chaosproxy.control.toxiproxy.GoJson.Numeral;
import io.chaosproxy.control.toxiproxy.GoJson.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A JSON object as Go reads it into a struct: keys in any case, unknown ones ignored, the last of several wins, {@code null}
 * changes nothing.
 *
 * @param type the struct's name, for error texts; empty for one without
 * @param path of the object within the body, with a dot at the end; empty for the body itself
 */
record GoStruct(String type, String path, List<Member> members) {
    /** The body as a struct; {@code null} is an empty one. */
    static GoStruct of(String type, String fullType, Value body) throws ApiError {
        return switch (body) {
            case Members object -> new GoStruct(type, "", object.members());
            case Null nothing -> new GoStruct(type, "", List.of());
            default ->
                throw ApiError.badBody("json: cannot unmarshal " + body.kind() + " into Go value of type " + fullType);
        };
    }

    Optional<String> text(String field) throws ApiError {
        Optional<String> found = Optional.empty();
        for (Value value : values(field)) {
            if (!(value instanceof GoJson.Text text)) {
                throw mismatch(value.kind(), field, "string");
            }
            found = Optional.of(text.value());
        }
        return found;
    }

    Optional<Boolean> flag(String field) throws ApiError {
        Optional<Boolean> found = Optional.empty();
        for (Value value : values(field)) {
            if (!(value instanceof GoJson.Bool flag)) {
                throw mismatch(value.kind(), field, "bool");
            }
            found = Optional.of(flag.value());
        }
        return found;
    }

    /**
     * An integer of 64 bits.
     *
     * @param goType {@code int64} or {@code int}, for error texts
     */
    Optional<Long> integer(String field, String goType) throws ApiError {
        Optional<Long> found = Optional.empty();
        for (Value value : values(field)) {
            if (!(value instanceof Numeral numeral)) {
                throw mismatch(value.kind(), field, goType);
            }
            try {
                found = Optional.of(Long.parseLong(numeral.literal()));
            } catch (NumberFormatException e) {
                throw mismatch("number " + numeral.literal(), field, goType);
            }
        }
        return found;
    }

    Optional<Float> float32(String field) throws ApiError {
        Optional<Float> found = Optional.empty();
        for (Value value : values(field)) {
            if (!(value instanceof Numeral numeral)) {
                throw mismatch(value.kind(), field, "float32");
            }
            float parsed = Float.parseFloat(numeral.literal());
            if (Float.isInfinite(parsed)) {
                throw mismatch("number " + numeral.literal(), field, "float32");
            }
            found = Optional.of(parsed);
        }
        return found;
    }

    /** The struct within this one, of several objects their members together; empty if there is none. */
    GoStruct struct(String field, String structType, String fullType) throws ApiError {
        List<Member> all = new ArrayList<>();
        for (Value value : values(field)) {
            if (!(value instanceof Members object)) {
                throw mismatch(value.kind(), field, fullType);
            }
            all.addAll(object.members());
        }
        return new GoStruct(structType, path + field + ".", all);
    }

    private List<Value> values(String field) {
        return members.stream()
                .filter(member -> member.key().equalsIgnoreCase(field) && !(member.value() instanceof Null))
                .map(Member::value)
                .toList();
    }

    private ApiError mismatch(String what, String field, String goType) {
        return ApiError.badBody("json: cannot unmarshal " + what + " into Go struct field " + type + "." + path + field
                + " of type " + goType);
    }
}
