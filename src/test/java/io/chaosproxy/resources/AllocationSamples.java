package io.chaosproxy.resources;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/** Samples of what this process allocates, by the flight recorder: those of the JDK's scheduling of virtual threads, and all others. */
final class AllocationSamples {
    /** A thread that parks, yields, waits for a lock or is woken, and the selector that wakes it: the JDK allocates for each of these. */
    private static final List<String> SCHEDULING = List.of(
            "java.lang.VirtualThread",
            "java.lang.Thread",
            "java.util.concurrent.ForkJoin",
            "java.util.concurrent.locks.",
            "jdk.internal.vm.",
            "sun.nio.ch.");

    private final Recording recording = new Recording();

    AllocationSamples() {
        recording.enable("jdk.ObjectAllocationSample").withStackTrace().with("throttle", "1000/s");
        recording.start();
    }

    /** Ends the recording; per mille of the samples in which the program allocates, itself or by a call of a library. */
    int perMilleOfProgram() throws IOException {
        recording.stop();
        Path file = Files.createTempFile("allocations", ".jfr");
        try {
            recording.dump(file);
            recording.close();
            List<RecordedEvent> samples = RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getStackTrace() != null)
                    .filter(AllocationSamples::isUnderProgram)
                    .toList();
            if (samples.isEmpty()) {
                throw new IOException("no samples");
            }
            return (int) (1000
                    * samples.stream().filter(AllocationSamples::isOfProgram).count()
                    / samples.size());
        } finally {
            Files.delete(file);
        }
    }

    private static boolean isUnderProgram(RecordedEvent sample) {
        return types(sample).stream().anyMatch(AllocationSamples::isRelay);
    }

    /** Whether nothing of the JDK's scheduling stands between the program and the allocation. */
    private static boolean isOfProgram(RecordedEvent sample) {
        List<String> types = types(sample);
        return types.stream()
                .takeWhile(type -> !isRelay(type))
                .noneMatch(type -> SCHEDULING.stream().anyMatch(type::startsWith));
    }

    /** Main classes of the tests are not what is measured. */
    private static boolean isRelay(String type) {
        return type.startsWith("io.chaosproxy.") && !type.startsWith("io.chaosproxy.resources.");
    }

    private static List<String> types(RecordedEvent sample) {
        return sample.getStackTrace().getFrames().stream()
                .map(RecordedFrame::getMethod)
                .map(method -> method.getType().getName())
                .toList();
    }
}
