/** What was measured: as a table, as JSON, as charts, and held against what it should be. */
@NullMarked
package io.chaosproxy.bench.report;

import org.jspecify.annotations.NullMarked;
