package io.chaosproxy.tls;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Something that is made of files, and made anew when their content changes. Thread-safe.
 *
 * @param <T> such as a {@link TlsServer}
 */
public final class Reloaded<T> {
    /** Makes it from the files as they are now. */
    @FunctionalInterface
    public interface Loader<T> {
        T load() throws UnusableFileException;
    }

    /** Result of a look at the files. */
    public sealed interface Outcome {
        /** They are as before. */
        record Unchanged() implements Outcome {}

        /** The new content is in use. */
        record Changed() implements Outcome {}

        /** The new content can't be used, so the former stays; reported once for each content. */
        record Rejected(UnusableFileException reason) implements Outcome {}
    }

    private final List<Path> files;
    private final Loader<T> loader;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile T current;
    private List<byte @Nullable []> seen;

    /**
     * Loads it for the first time.
     *
     * @param files of which the loader makes it
     */
    public Reloaded(List<Path> files, Loader<T> loader) throws UnusableFileException {
        this.files = List.copyOf(files);
        this.loader = loader;
        this.seen = look();
        this.current = loader.load();
    }

    /** Made of the last content that could be used. */
    public T current() {
        return current;
    }

    /** Looks at the files and makes it anew if their content has changed. */
    public Outcome refresh() {
        lock.lock();
        try {
            List<byte @Nullable []> now = look();
            if (isSame(now)) {
                return new Outcome.Unchanged();
            }
            seen = now;
            current = loader.load();
            return new Outcome.Changed();
        } catch (UnusableFileException e) {
            return new Outcome.Rejected(e);
        } finally {
            lock.unlock();
        }
    }

    private boolean isSame(List<byte @Nullable []> now) {
        for (int i = 0; i < now.size(); i++) {
            if (!Arrays.equals(now.get(i), seen.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** The contents; null for a file that can't be read. */
    private List<byte @Nullable []> look() {
        List<byte @Nullable []> contents = new ArrayList<>();
        for (Path file : files) {
            contents.add(content(file));
        }
        return contents;
    }

    private static byte @Nullable [] content(Path file) {
        try {
            return SmallFile.read(file);
        } catch (UnusableFileException e) {
            return null;
        }
    }
}
