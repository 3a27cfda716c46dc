/**
 * The name of a campaign. One in two languages ("첫 만남 5,000원 / Welcome, 5,000 KRW off") is as wide as
 * two lines of a phone: it breaks between the languages, not inside one of them.
 */
export const CampaignName = ({ name }: { name: string }) => {
  const [first, ...others] = name.split(" / ");
  if (others.length === 0) return name;
  return (
    <>
      <span className="inline-block">{first} /</span>{" "}
      <span className="inline-block">{others.join(" / ")}</span>
    </>
  );
};
