package io.chaosproxy.control;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A file that lines are appended to by a platform thread of its own. Who has something to write never waits for the disk: a
 * disk that is full, slow or missing costs lines, of which there is one warning and a count.
 *
 * <p>A file that was moved away, as log rotation does, is made anew.
 */
final class LineFile<T> implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("io.chaosproxy.control");

    /** Upper bound for the lines that wait. */
    static final int MOST = 10_000;

    /** Upper bound for the characters of the lines that wait; a single line may be longer. */
    static final int MOST_CHARACTERS = 4 << 20;

    /** Characters that are written at once: a batch exists several times while it is formatted. */
    private static final int BATCH = 64 << 10;

    private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-r-----");
    private static final Duration LAST_LINES = Duration.ofSeconds(2);
    private static final long LOOK_AGAIN = Duration.ofSeconds(1).toNanos();

    private final Path path;
    private final Function<T, String> format;
    private final ToIntFunction<T> length;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<T> waiting = new ArrayDeque<>();
    private final AtomicLong lost = new AtomicLong();
    private final Thread writer;
    private boolean open = true; // guarded by the lock
    private long characters; // of the lines that wait; guarded by the lock

    // these belong to the writer
    private @Nullable FileChannel out;
    private @Nullable Object key;
    private long looked;
    private boolean warned;

    private LineFile(Path path, Function<T, String> format, ToIntFunction<T> length) {
        this.path = path;
        this.format = format;
        this.length = length;
        this.writer = Thread.ofPlatform() // a pipe that is not read would keep the carrier of a virtual one
                .daemon()
                .name("writes " + path.getFileName())
                .unstarted(this::write);
    }

    /**
     * Begins to write.
     *
     * @param format makes a line, without its end, in the writing thread
     * @param length characters that an entry keeps while it waits, about
     */
    static <T> LineFile<T> open(Path path, Function<T, String> format, ToIntFunction<T> length) {
        LineFile<T> file = new LineFile<>(path, format, length);
        file.writer.start();
        return file;
    }

    /** Writes this soon, or counts it as lost. */
    void add(T entry) {
        lock.lock();
        try {
            if (open && waiting.size() < MOST && characters < MOST_CHARACTERS) {
                waiting.add(entry);
                characters += length.applyAsInt(entry);
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
            log(path + ": lost " + lost() + " lines in all");
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

    /** The first lines that wait, as soon as there are any; empty at the end. */
    private List<T> next() throws InterruptedException {
        lock.lock();
        try {
            while (waiting.isEmpty() && open) {
                changed.await();
            }
            List<T> batch = new ArrayList<>();
            long taken = 0;
            while (taken < BATCH && !waiting.isEmpty()) {
                T entry = waiting.remove();
                taken += length.applyAsInt(entry);
                batch.add(entry);
            }
            characters -= taken;
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void write(List<T> batch) {
        StringBuilder lines = new StringBuilder();
        int formatted = 0;
        for (T entry : batch) {
            try {
                lines.append(format.apply(entry)).append('\n');
                formatted++;
            } catch (RuntimeException e) { // a defect of ours costs this line
                lose(1, e);
            }
        }
        try {
            append(lines.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException | RuntimeException e) {
            forgetFile();
            lose(formatted, e);
        }
    }

    private void lose(int lines, Exception why) {
        lost.addAndGet(lines);
        if (!warned) {
            warned = true;
            log(path + " can't be written, lines are lost: " + (why instanceof IOException ? why.getMessage() : why));
        }
    }

    private static void log(String line) {
        try {
            LOG.log(Level.WARNING, line);
        } catch (RuntimeException e) {
            // a logger that fails itself must not end the writer
        }
    }

    private void append(byte[] lines) throws IOException {
        FileChannel file = file();
        long before = file.size();
        ByteBuffer left = ByteBuffer.wrap(lines);
        try {
            while (left.hasRemaining()) {
                file.write(left);
            }
        } catch (IOException e) {
            truncate(file, before); // no half line stays
            throw e;
        }
    }

    private static void truncate(FileChannel file, long size) {
        try {
            file.truncate(size);
        } catch (IOException e) {
            // not an ordinary file, or worse: then the half line stays
        }
    }

    private FileChannel file() throws IOException {
        long now = System.nanoTime();
        if (out != null && now - looked > LOOK_AGAIN) {
            looked = now;
            if (!Objects.equals(key, keyOf(path))) {
                forgetFile();
            }
        }
        if (out == null) {
            out = open(path);
            key = keyOf(path);
            looked = now;
        }
        return out;
    }

    /**
     * Appends to the file, or makes it, for its owner to write and its group to read. What a symlink leads to isn't touched,
     * for somebody else may have put it there; those of the system's device folder are meant.
     */
    private static FileChannel open(Path path) throws IOException {
        Set<OpenOption> options = new HashSet<>(Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        if (!path.startsWith("/dev")) {
            options.add(LinkOption.NOFOLLOW_LINKS);
        }
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? FileChannel.open(path, options, PosixFilePermissions.asFileAttribute(MODE))
                : FileChannel.open(path, options);
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
