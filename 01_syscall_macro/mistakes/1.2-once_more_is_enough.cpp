// breaks: however often a signal comes, the call is made again
// caught by: 01.CallUninterrupted.repeats_until_no_signal_interrupts
// seen in: code that was tested with one signal
// symptom: under a profiler, which sends a signal each millisecond, connections end at random
  auto result = call<Function>(args...);
  if (!result && interrupted(result.error())) result = call<Function>(args...);
  return result;
