package io.chaosproxy.control.toxiproxy;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Distribution;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.fault.Timeout;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A kind of toxic: the names of its attributes, in Toxiproxy's order, and the fault that it stands for. */
enum ToxicType {
    /** {@code latency} and {@code jitter} in milliseconds. */
    LATENCY("LatencyToxic", "int64", "latency", "jitter"),
    /** {@code rate} in kilobytes of 1,000 bytes a second; 0 lets nothing through. */
    BANDWIDTH("BandwidthToxic", "int64", "rate"),
    /** {@code delay} in milliseconds. */
    SLOW_CLOSE("SlowCloseToxic", "int64", "delay"),
    /** {@code timeout} in milliseconds; 0 never closes. */
    TIMEOUT("TimeoutToxic", "int64", "timeout"),
    /** {@code timeout} in milliseconds. */
    RESET_PEER("ResetToxic", "int64", "timeout"),
    /** Two sizes in bytes, {@code delay} in microseconds; a size of 0 slices nothing. */
    SLICER("SlicerToxic", "int", "average_size", "size_variation", "delay"),
    /** {@code bytes}. */
    LIMIT_DATA("LimitDataToxic", "int64", "bytes"),
    /** Nothing. */
    NOOP("NoopToxic", "int64");

    /** Upper bound for a delay; some clients send the largest long. */
    private static final Duration MAX_DELAY = Duration.ofDays(365);

    /** Upper bound for a slice in bytes; larger than any chunk that is read at once. */
    private static final long MAX_SLICE = 1 << 30;

    /** Upper bound in kB/s; times 1,000 it still fits a long. */
    private static final long MAX_RATE = 1L << 40;

    private final String struct;
    private final String goType;

    @SuppressWarnings("ImmutableEnumChecker") // it comes from List.of
    private final List<String> attributes;

    ToxicType(String struct, String goType, String... attributes) {
        this.struct = struct;
        this.goType = goType;
        this.attributes = List.of(attributes);
    }

    /** The type of this name, which is spelled in lower case only. */
    static Optional<ToxicType> named(String name) {
        return Arrays.stream(values())
                .filter(type -> type.toString().equals(name))
                .findFirst();
    }

    List<String> attributes() {
        return attributes;
    }

    /** The values of all attributes; those not given stay what they were. */
    List<Long> read(GoStruct body, List<Long> before) throws ApiError {
        GoStruct given = body.struct("attributes", struct, "toxics." + struct);
        List<Long> values = new ArrayList<>(before);
        for (int i = 0; i < attributes.size(); i++) {
            values.set(i, given.integer(attributes.get(i), goType).orElse(values.get(i)));
        }
        check(values);
        return values;
    }

    /** Toxiproxy takes these and crashes, or takes them for something else. */
    private void check(List<Long> values) throws ApiError {
        for (int i = 0; i < values.size(); i++) {
            if (values.get(i) < 0) {
                throw ApiError.badBody(attributes.get(i) + " must be 0 or more, not " + values.get(i));
            }
        }
        if (this == SLICER && values.get(1) > values.get(0)) {
            throw ApiError.badBody("size_variation must not be above average_size, not " + values.get(1));
        }
    }

    /** Its fault; empty if it does nothing. */
    Optional<StreamFault> fault(List<Long> values, Direction direction) {
        return switch (this) {
            case LATENCY ->
                Optional.of(new Latency(
                        new Distribution.Around(millis(values.get(0)), millis(values.get(1))), Latency.Scope.STREAM));
            case BANDWIDTH ->
                Optional.of(Rate.of(Math.min(values.get(0), MAX_RATE) * 1000).sharedBy(FaultScope.CONNECTION));
            case SLOW_CLOSE -> Optional.of(new SlowClose(millis(values.get(0))));
            case TIMEOUT -> Optional.of(new Timeout(millis(values.get(0))));
            case RESET_PEER ->
                Optional.of(new Reset(
                        direction == Direction.UP ? Reset.At.REQUEST : Reset.At.FIRST_BYTE, millis(values.get(0))));
            case SLICER -> slice(values.get(0), values.get(1), atMost(values.get(2), ChronoUnit.MICROS));
            case LIMIT_DATA -> Optional.of(new Limit(values.get(0)));
            case NOOP -> Optional.empty();
        };
    }

    /** The values that make this fault; empty if it is none of this type. */
    Optional<List<Long>> values(Fault fault) {
        return switch (this) {
            case LATENCY ->
                fault instanceof Latency latency && latency.delay() instanceof Distribution.Around around
                        ? Optional.of(List.of(
                                around.delay().toMillis(), around.jitter().toMillis()))
                        : Optional.empty();
            case BANDWIDTH -> fault instanceof Rate rate ? Optional.of(List.of(rate.min() / 1000)) : Optional.empty();
            case SLOW_CLOSE ->
                fault instanceof SlowClose close
                        ? Optional.of(List.of(close.delay().toMillis()))
                        : Optional.empty();
            case TIMEOUT ->
                fault instanceof Timeout timeout
                        ? Optional.of(List.of(timeout.silence().toMillis()))
                        : Optional.empty();
            case RESET_PEER ->
                fault instanceof Reset reset ? Optional.of(List.of(reset.delay().toMillis())) : Optional.empty();
            case SLICER ->
                fault instanceof Slice slice
                        ? Optional.of(List.of(
                                (long) slice.size(),
                                (long) slice.variation(),
                                slice.delay().toNanos() / 1000))
                        : Optional.empty();
            case LIMIT_DATA -> fault instanceof Limit limit ? Optional.of(List.of(limit.bytes())) : Optional.empty();
            case NOOP -> Optional.empty();
        };
    }

    private static Optional<StreamFault> slice(long size, long variation, Duration delay) {
        if (size == 0) {
            return Optional.empty();
        }
        int pieces = (int) Math.min(size, MAX_SLICE);
        // Of pieces of no bytes, which a variation as large as the size would draw, Toxiproxy sends none either.
        return Optional.of(new Slice(pieces, (int) Math.min(variation, pieces - 1), delay));
    }

    private static Duration millis(long value) {
        return atMost(value, ChronoUnit.MILLIS);
    }

    private static Duration atMost(long value, ChronoUnit unit) {
        return Duration.of(Math.min(value, MAX_DELAY.dividedBy(unit.getDuration())), unit);
    }

    /** As Toxiproxy spells it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
