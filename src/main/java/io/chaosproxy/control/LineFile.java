package io.chaosproxy.control;

import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A file that lines are appended to by a virtual thread of its own. Who has something to write never waits for the disk: a
 * disk that is full, slow or missing costs lines, of which there is one warning and a count.
 *
 * <p>A file that was moved away, as log rotation does, is made anew.
 */
final class LineFile<T> implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("io.chaosproxy.control");

    /** Lines that may wait: some megabytes. */
    static final int MOST = 10_000;

    private static final Duration LAST_LINES = Duration.ofSeconds(2);
    private static final long LOOK_AGAIN = Duration.ofSeconds(1).toNanos();

    private final Path path;
    private final Function<T, String> format;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<T> waiting = new ArrayDeque<>();
    private final AtomicLong lost = new AtomicLong();
    private final Thread writer;
    private boolean open = true; // guarded by the lock

    // these belong to the writer
    private @Nullable FileOutputStream out;
    private @Nullable Object key;
    private long looked;
    private boolean warned;

    private LineFile(Path path, Function<T, String> format) {
        this.path = path;
        this.format = format;
        this.writer = Thread.ofVirtual().name("writes " + path.getFileName()).unstarted(this::write);
    }

    /**
     * Begins to write.
     *
     * @param format makes a line, without its end, in the writing thread
     */
    static <T> LineFile<T> open(Path path, Function<T, String> format) {
        LineFile<T> file = new LineFile<>(path, format);
        file.writer.start();
        return file;
    }

    /** Writes this soon, or counts it as lost. */
    void add(T entry) {
        lock.lock();
        try {
            if (open && waiting.size() < MOST) {
                waiting.add(entry);
                changed.signal();
            } else {
                lost.incrementAndGet();
            }
        } finally {
            lock.unlock();
        }
    }

    /** How many lines could not be written. */
    long lost() {
        return lost.get();
    }

    /** Writes what waits, for a short time at most, and ends. */
    @Override
    public void close() {
        lock.lock();
        try {
            open = false;
            changed.signal();
        } finally {
            lock.unlock();
        }
        try {
            writer.join(LAST_LINES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (lost() > 0) {
            LOG.log(Level.WARNING, path + ": lost " + lost() + " lines in all");
        }
    }

    private void write() {
        try {
            List<T> batch = next();
            while (!batch.isEmpty()) {
                write(batch);
                batch = next();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody does this on purpose; the rest is lost
        } finally {
            forgetFile();
        }
    }

    /** What waits, as soon as something does; empty at the end. */
    private List<T> next() throws InterruptedException {
        lock.lock();
        try {
            while (waiting.isEmpty() && open) {
                changed.await();
            }
            List<T> batch = new ArrayList<>(waiting);
            waiting.clear();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void write(List<T> batch) {
        StringBuilder lines = new StringBuilder();
        batch.forEach(entry -> lines.append(format.apply(entry)).append('\n'));
        try {
            append(lines.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            forgetFile();
            lost.addAndGet(batch.size());
            if (!warned) {
                warned = true;
                LOG.log(Level.WARNING, path + " can't be written, lines are lost: " + e.getMessage());
            }
        }
    }

    private void append(byte[] lines) throws IOException {
        FileOutputStream file = file();
        long before = file.getChannel().size();
        try {
            file.write(lines);
        } catch (IOException e) {
            truncate(file, before); // no half line stays
            throw e;
        }
    }

    private static void truncate(FileOutputStream file, long size) {
        try {
            file.getChannel().truncate(size);
        } catch (IOException e) {
            // not an ordinary file, or worse: then the half line stays
        }
    }

    private FileOutputStream file() throws IOException {
        long now = System.nanoTime();
        if (out != null && now - looked > LOOK_AGAIN) {
            looked = now;
            if (!Objects.equals(key, keyOf(path))) {
                forgetFile();
            }
        }
        if (out == null) {
            out = new FileOutputStream(path.toFile(), true);
            key = keyOf(path);
            looked = now;
        }
        return out;
    }

    private void forgetFile() {
        if (out != null) {
            try {
                out.close();
            } catch (IOException e) {
                // nothing of it is in a buffer
            }
            out = null;
        }
    }

    /** What tells one file of this name from another; null if there is none or the file system doesn't say. */
    private static @Nullable Object keyOf(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null;
        }
    }
}
