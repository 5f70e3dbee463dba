// breaks: as many bytes are sent as the head has announced
// caught by: 05.SiteFiles.that_grow_are_sent_as_they_were_when_they_were_opened
// seen in: the first version here
// symptom: the download of a log breaks off at its end while the program keeps logging
std::uint64_t at = part.first;
std::uint64_t left = exchange.wants_body() ? part.size : 0;
exchange.begin(head, part.size);
while (left != 0) {
  auto read_it = [shared, at] { return read_piece(shared->get(), at, kPiece); };
  auto piece = co_await spawn_blocking(std::move(read_it));
  if (!piece || piece->empty() || piece->size() > left) co_return;
  auto written = co_await exchange.write(*piece);
  if (!written) co_return;
  at += piece->size();
  left -= piece->size();
}
exchange.end();
